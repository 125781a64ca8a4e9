"""What the integration tests stand on: private servers, an octet-exact sink, a raw client, keys.

Everything is below one scratch folder and on loopback; every port is free when chosen; every server is ended by
the test that started it.
"""
