// What a chain can't show of itself: that its beginning was taken away (chain 0 says which files retention
// removed) and that its end was (anchors).
#include "gateway/audit/verify.hpp"

#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>

#include "gateway/base/ascii.hpp"

namespace decorum::audit {
namespace {

constexpr std::size_t max_anchor_octets = 4096;
constexpr std::size_t max_anchors = 1'000'000;

// What chain 0 says of the chains whose beginnings are gone: chain to the first line that is there.
using Beginnings = std::map<unsigned, std::uint64_t>;

void read_beginnings(std::string_view line, Beginnings& into) {
    boost::system::error_code error;
    const auto value = boost::json::parse(boost::json::string_view(line.data(), line.size()), error);
    const auto* event = error ? nullptr : value.if_object();
    const auto* begins = event == nullptr ? nullptr : event->if_contains("begins");
    if (begins == nullptr || !begins->is_array()) return;
    into.clear();
    for (const auto& one : begins->get_array()) {
        const auto* object = one.if_object();
        if (object == nullptr) continue;
        const auto* chain = object->if_contains("chain");
        const auto* seq = object->if_contains("seq");
        if (chain != nullptr && seq != nullptr && chain->is_int64() && seq->is_int64())
            into[static_cast<unsigned>(chain->get_int64())] = static_cast<std::uint64_t>(seq->get_int64());
    }
}

class ChainVerifier {
public:
    ChainVerifier(OpenedChain& chain, const KeyRing& keys, std::vector<Anchor> anchors,
                  const Progress& progress, std::uint64_t& octets, std::uint64_t of_octets)
        : chain_(chain),
          keys_(keys),
          anchors_(std::move(anchors)),
          progress_(progress),
          octets_(octets),
          of_octets_(of_octets) {
        out_.chain = chain.chain;
        std::ranges::sort(anchors_, {}, &Anchor::seq);
    }

    Result<VerifiedChain> run(Beginnings& beginnings) {
        for (file_ = 0; file_ < chain_.files.size() && !out_.broken; ++file_)
            if (const auto read = verify_file(beginnings); !read) return std::unexpected(read.error());
        if (!out_.broken && next_anchor_ < anchors_.size()) {
            const std::uint64_t seq = anchors_[next_anchor_].seq;
            if (seq > out_.last_seq)
                break_at(chain_.files.back().path, last_line_, Break::removed,
                         fmt::format("the chain ends with line {} of it, but {} had been written",
                                     out_.last_seq, seq));
        }
        return std::move(out_);
    }

private:
    void break_at(const std::filesystem::path& file, std::uint64_t line, Break how, std::string why) {
        out_.broken = Broken{file, line, how, std::move(why)};
    }

    Result<> verify_file(Beginnings& beginnings) {
        OpenedChain::File& file = chain_.files[file_];
        const bool current = static_cast<bool>(file.current);
        // Whoever writes holds a lock: half a line is one that is being written.
        const bool being_written = current && ::flock(file.current.get(), LOCK_SH | LOCK_NB) != 0;
        std::optional<LineReader> reader;
        if (current) {
            reader.emplace(std::move(file.current));
        } else {
            auto opened = LineReader::open(file.path);
            if (!opened) return std::unexpected(std::move(opened.error()));
            reader.emplace(std::move(*opened));
        }
        ++out_.files;
        while (!out_.broken) {
            const std::uint64_t before = reader->octets();
            const auto next = reader->next();
            if (!next) return std::unexpected(next.error());
            octets_ += reader->octets() - before;
            if (!*next) break;
            const LineReader::Line& line = **next;
            if (!line.ended && being_written) break;
            if (line.number == 1) begin_file(file.path, line);
            if (!out_.broken) check(file.path, line);
            if (out_.broken && out_.broken->how == Break::removed) tell_reordered(*reader);
            if (out_.broken) break;
            if (chain_.chain == service_chain && sealed_->event == name_of(Kind::retention))
                read_beginnings(line.text, beginnings);
            if (sealed_->event == name_of(Kind::lost))
                out_.lost += number_member(line.text, "events").value_or(0);
            if (progress_ && out_.lines % progress_every == 0) progress_(octets_, of_octets_);
        }
        return {};
    }

    void begin_file(const std::filesystem::path& path, const LineReader::Line& line) {
        const auto heading = line.too_long ? std::nullopt : heading_of(line.text);
        if (!heading)
            return break_at(path, line.number, Break::changed,
                            "the file does not begin as each of them does");
        const Key* key = keys_.find(heading->key);
        if (key == nullptr)
            return break_at(path, line.number, Break::no_key,
                            fmt::format("the key {} is not in the key file", heading->key));
        hmac_.emplace(key->octets.reveal());
        if (out_.lines == 0) {
            last_ = {heading->seq - 1, heading->previous};
            out_.first_seq = heading->seq;
            if (heading->seq == 1 && heading->previous != Sha256{})
                break_at(path, line.number, Break::changed, "a first line has none before it");
        } else if (heading->seq == last_.seq + 1 && heading->previous != last_.mac) {
            break_at(path, line.number, Break::changed,
                     "the file does not begin with what the one before it ended with");
        }
    }

    void check(const std::filesystem::path& path, const LineReader::Line& line) {
        last_line_ = line.number;
        const std::uint64_t expected = last_.seq + 1;
        sealed_ = line.too_long ? std::nullopt : parse_line(line.text);
        if (!line.ended) return break_at(path, line.number, Break::cut_off, "the file ends within the line");
        if (!sealed_)
            return break_at(path, line.number, Break::foreign, "the line is none that Decorum writes");
        if (mac_of(*hmac_, last_.mac, sealed_->covered) != sealed_->mac || sealed_->chain != chain_.chain) {
            if (sealed_->seq == expected)
                return break_at(path, line.number, Break::changed,
                                fmt::format("line {} of the chain is not as it was written", expected));
            if (sealed_->seq < expected)
                return break_at(
                    path, line.number, Break::reordered,
                    fmt::format("line {} of the chain stands where line {} should", sealed_->seq, expected));
            return break_at(path, line.number, Break::removed,
                            fmt::format("{} of the chain {} missing before it",
                                        sealed_->seq == expected + 1
                                            ? fmt::format("line {}", expected)
                                            : fmt::format("lines {} to {}", expected, sealed_->seq - 1),
                                        sealed_->seq == expected + 1 ? "is" : "are"));
        }
        last_ = {sealed_->seq, sealed_->mac};
        out_.last_seq = sealed_->seq;
        if (out_.lines++ == 0) out_.begins = sealed_->time;
        if (out_.ends.size() != sealed_->time.size() || out_.ends != sealed_->time) out_.ends = sealed_->time;
        for (; next_anchor_ < anchors_.size() && anchors_[next_anchor_].seq <= last_.seq; ++next_anchor_)
            if (anchors_[next_anchor_].seq == last_.seq && anchors_[next_anchor_].mac != last_.mac)
                return break_at(
                    path, line.number, Break::changed,
                    fmt::format("line {} of the chain is not the one that was anchored", last_.seq));
    }

    // Does what is missing here stand further down? Then it was moved, not taken away.
    void tell_reordered(LineReader& reader) {
        const std::uint64_t missing = last_.seq + 1;
        const auto search = [&](LineReader& lines, const std::filesystem::path& path) {
            for (;;) {
                const auto next = lines.next();
                if (!next || !*next) return false;
                const auto sealed = (*next)->too_long ? std::nullopt : parse_line((*next)->text);
                if (!sealed || sealed->seq != missing) continue;
                out_.broken->how = Break::reordered;
                out_.broken->why = fmt::format("line {} of the chain should stand here; it is line {} of {}",
                                               missing, (*next)->number, path.filename().string());
                return true;
            }
        };
        if (search(reader, chain_.files[file_].path)) return;
        for (std::size_t i = file_ + 1; i < chain_.files.size(); ++i) {
            auto opened = LineReader::open(chain_.files[i].path);
            if (opened && search(*opened, chain_.files[i].path)) return;
        }
    }

    OpenedChain& chain_;
    const KeyRing& keys_;
    std::vector<Anchor> anchors_;
    const Progress& progress_;
    std::uint64_t& octets_;
    const std::uint64_t of_octets_;
    VerifiedChain out_;
    std::size_t file_ = 0;
    std::size_t next_anchor_ = 0;
    std::uint64_t last_line_ = 0;
    std::optional<HmacSha256> hmac_;  // under the key of the file
    Link last_;
    std::optional<SealedLine> sealed_;
};

}  // namespace

Result<std::vector<Anchor>> read_anchors(const std::filesystem::path& log) {
    auto reader = LineReader::open(log);
    if (!reader) return std::unexpected(std::move(reader.error()));
    std::vector<Anchor> out;
    // "seq=12" and "seq":12.
    const auto value_of = [](std::string_view line, std::string_view name) {
        for (const std::string& begin : {fmt::format(" {}=", name), fmt::format("\"{}\":", name)}) {
            const std::size_t at = line.find(begin);
            if (at == std::string_view::npos) continue;
            std::string_view rest = line.substr(at + begin.size());
            if (rest.starts_with('"')) rest.remove_prefix(1);
            return rest.substr(0, rest.find_first_of("\" ,}"));
        }
        return std::string_view{};
    };
    const auto number = [](std::string_view text, auto& into) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
        return error == std::errc{} && end == text.data() + text.size();
    };
    for (;;) {
        const auto next = reader->next();
        if (!next) return std::unexpected(next.error());
        if (!*next) return out;
        const std::string_view line = (*next)->text;
        if (line.size() > max_anchor_octets || !line.contains("audit_anchor")) continue;
        Anchor anchor;
        const auto mac = mac_from_hex(value_of(line, "mac"));
        if (!mac || !number(value_of(line, "chain"), anchor.chain) ||
            !number(value_of(line, "seq"), anchor.seq))
            continue;
        anchor.mac = *mac;
        out.push_back(anchor);
        if (out.size() > max_anchors)
            return fail(errc::limit, fmt::format("{}: too many anchors", log.string()));
    }
}

Result<std::vector<VerifiedChain>> verify(const Place& place, const KeyRing& keys,
                                          const std::vector<Anchor>& anchors, const Progress& progress) {
    auto chains = open_log(place);
    if (!chains) return std::unexpected(std::move(chains.error()));
    std::uint64_t octets = 0;
    std::uint64_t of_octets = 0;
    for (const auto& chain : *chains)
        for (const auto& file : chain.files) of_octets += file.octets;
    std::vector<VerifiedChain> out;
    Beginnings beginnings;
    for (OpenedChain& chain : *chains) {
        std::vector<Anchor> of_chain;
        std::ranges::copy_if(anchors, std::back_inserter(of_chain),
                             [&](const Anchor& anchor) { return anchor.chain == chain.chain; });
        auto verified =
            ChainVerifier(chain, keys, std::move(of_chain), progress, octets, of_octets).run(beginnings);
        if (!verified) return std::unexpected(std::move(verified.error()));
        out.push_back(std::move(*verified));
    }
    // A beginning that is gone without retention's word.
    for (std::size_t i = 0; i < out.size(); ++i) {
        VerifiedChain& chain = out[i];
        if (chain.broken || chain.first_seq <= 1) continue;
        const auto said = beginnings.find(chain.chain);
        if (said != beginnings.end() && said->second == chain.first_seq) continue;
        chain.broken =
            Broken{(*chains)[i].files.front().path, 1, Break::removed,
                   fmt::format("lines {} to {} of the chain are missing before it, and no retention says so",
                               said == beginnings.end() ? 1 : said->second, chain.first_seq - 1)};
    }
    for (const Anchor& anchor : anchors) {
        const auto known = std::ranges::find(out, anchor.chain, &VerifiedChain::chain);
        if (known != out.end()) continue;
        VerifiedChain gone;
        gone.chain = anchor.chain;
        gone.broken =
            Broken{place.current(anchor.chain), 1, Break::removed,
                   fmt::format("the whole chain is missing; {} lines had been written", anchor.seq)};
        out.push_back(std::move(gone));
    }
    return out;
}

}  // namespace decorum::audit
