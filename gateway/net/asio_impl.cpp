// The one place where Boost.Asio's own code is compiled.
//
// BOOST_ASIO_SEPARATE_COMPILATION is defined for every file, so the other ones only declare it: objects
// built with and without that definition would link silently and then break. No TLS of Asio's: ours works
// on the descriptor (see tls.hpp).
#include <boost/asio/impl/src.hpp>
