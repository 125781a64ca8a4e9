// Who wrote the messages that a client lists: read out of ENVELOPE, or of header fields that it asked for,
// while they pass. The reader will open some of them soon, so what is known of the author may be loaded now.
//
// Nothing of what is found is shown, and nothing fails: an author in doubt is none. Each author is told once
// in a while (recent_authors.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/imap/response_reader.hpp"
#include "gateway/session/recent_authors.hpp"

namespace decorum::session {

class ListedAuthor {
public:
    static constexpr std::size_t max_octets = 8 * 1024;  // of an envelope, or of a selection of fields

    // Whom the thread's sessions have told of late.
    explicit ListedAuthor(RecentAuthors& recent) : recent_(recent) {}

    // The events of FETCH responses, in order. The address of the single author, once an item has told it.
    [[nodiscard]] std::optional<std::string> see(const imap::ResponseReader::Event& event);

private:
    enum class Reading : std::uint8_t { nothing, fields, envelope };
    [[nodiscard]] std::optional<std::string> finish();

    RecentAuthors& recent_;
    Reading reading_ = Reading::nothing;
    std::string octets_;
};

}  // namespace decorum::session
