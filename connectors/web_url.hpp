// URLs that strangers wrote, brought into the one form that we keep: absolute, https, without user, password,
// default port and dot segments, the host in lower case, in ASCII, at most profile::max_url_octets long (a
// longer one is dropped: cut, it would be another one).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace decorum::connectors {

// `reference` (RFC 3986 §4.1) as found at the absolute URL `base`, which may be empty. White space around it
// is removed; spaces and what is not ASCII are percent-encoded, as browsers do. nullopt: no URL, or not one
// that we keep.
[[nodiscard]] std::optional<std::string> https_url(std::string_view reference, std::string_view base = {});

// Of an absolute URL, in lower case; empty where there is none.
[[nodiscard]] std::string host_of(std::string_view url);

// "https://jane.example:8443" of an absolute URL in the form above: what is one server.
[[nodiscard]] std::string origin_of(std::string_view url);

}  // namespace decorum::connectors
