// The commands of the command line (DESIGN §6), each with its exit status:
// 0 done, 1 the answer is no, 2 usage, 3 a failure. Errors go to standard error.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace decorum::app {

enum ExitStatus : int { exit_done = 0, exit_no = 1, exit_usage = 2, exit_failure = 3 };

// `config` is what -c named; without it /etc/decorum/decorum.toml, which some commands can do without.
int run(const std::optional<std::filesystem::path>& config);
int check(const std::optional<std::filesystem::path>& config);
int print_reference(bool manual);  // as Markdown, or as the manual page decorum.toml(5)
int annotate(const std::optional<std::filesystem::path>& config);
int verify(const std::optional<std::filesystem::path>& config);
int look_up(const std::optional<std::filesystem::path>& config, const std::string& address, bool json,
            bool refresh);
// `target` is "-": texts on standard input, one a line.
int assess(const std::optional<std::filesystem::path>& config, const std::string& target, bool json,
           bool explain);
// A person's public profile, by the charter.
int assess_person(const std::optional<std::filesystem::path>& config, const std::string& address, bool json);

struct ProbeOptions {
    bool json = false;
    std::string forged_to;  // the recipient of a message with forged proofs; empty: sources are asked
    std::string through;    // HOST:PORT of the mail server in front
    bool judge = false;     // the message on standard input: was a forged proof believed?
};
int probe(const std::optional<std::filesystem::path>& config, const ProbeOptions& options);

int forget(const std::optional<std::filesystem::path>& config, const std::string& address);

int optout_add(const std::optional<std::filesystem::path>& config, const std::vector<std::string>& entries);
int optout_remove(const std::optional<std::filesystem::path>& config,
                  const std::vector<std::string>& entries);
int optout_list(const std::optional<std::filesystem::path>& config);

int notice_list(const std::optional<std::filesystem::path>& config, const std::string& address, bool json);
int notice_ack(const std::optional<std::filesystem::path>& config, const std::string& address);

struct LinkOptions {
    std::string addresses;  // ADDRESS[,ADDRESS…]
    std::string url;
    std::string network;       // empty: what the URL says
    std::string consent_by;    // empty: the person
    std::string consent_file;  // empty: the shipped words
    std::string language = "en";
    bool yes = false;
};
int link_add(const std::optional<std::filesystem::path>& config, const LinkOptions& options);
struct LinkProof {         // at Facebook
    std::string code;      // what came back from signing in; empty: asked for on the terminal
    bool is_page = false;  // nobody signs in as a Page: its description holds a code
};
int link_confirm(const std::optional<std::filesystem::path>& config, const std::string& address,
                 const std::string& url, const LinkProof& given);
int link_list(const std::optional<std::filesystem::path>& config, const std::string& address, bool json);
int link_remove(const std::optional<std::filesystem::path>& config, const std::string& address,
                const std::string& url);

}  // namespace decorum::app
