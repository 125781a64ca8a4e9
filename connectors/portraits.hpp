// From a picture's URL to a face: the fetcher gets it, the worker reduces it, and whoever asks meanwhile
// waits for the same one.
//
// Only https and public addresses: the fetcher sees to that, through redirects too. A redirect is followed
// within the registrable domain of the picture's URL, and to the hosts that serve the pictures of sources we
// know: whoever writes a profile must not choose a third server that learns of us. What a server calls its
// picture is not believed; the worker reads the octets. Faces are kept for a day and failures for five
// minutes, the oldest of too many make room. A picture that gives no face leaves one line in the log,
// event=portrait_not_shown, with the host and the reason; the rest of a URL may say whom we asked about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gateway/base/clock.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::connectors {

class Portraits final : public profile::Portraits {
public:
    struct Options {
        std::uint64_t max_octets = std::uint64_t{1} << 20;  // of a picture: worker.max_picture
        Milliseconds timeout{10'000};                       // of one transfer
        std::size_t max_kept = 4096;                        // faces and failures, of 1 KiB at the most each
        std::function<SteadyClock::time_point()> now = &SteadyClock::now;
    };

    // `fetcher` outlives it, and `worker` outlives `fetcher`: a transfer may end after this object did.
    Portraits(net::Fetcher& fetcher, worker::Worker& worker, Options options);
    // Whoever still waits gets `cancelled`; answers that come later are dropped.
    ~Portraits() override;
    Portraits(const Portraits&) = delete;
    Portraits& operator=(const Portraits&) = delete;

    // Errors: those of fetcher and worker, and not_found for a status other than 200.
    void fetch(std::string url, Done done) override;
    void forget() override;

private:
    class Desk;
    std::shared_ptr<Desk> desk_;
};

}  // namespace decorum::connectors
