// What a file may hold, and what is said about one that holds something else.
#include "config/loader.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/config/support.hpp"

namespace decorum::config {
namespace {

using namespace std::chrono_literals;
using testing::AllOf, testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::StartsWith;

class LoaderTest : public ConfigTest {};

TEST_F(LoaderTest, AnEmptyFileGivesTheDefaults) {
    const auto loaded = load_text("");
    ASSERT_TRUE(loaded);
    EXPECT_THAT(loaded->warnings, IsEmpty());
    EXPECT_EQ(loaded->settings.file, folder_ / "decorum.toml");
    EXPECT_EQ(loaded->settings.annotate.role_addresses, defaults().annotate.role_addresses);
    EXPECT_EQ(loaded->settings.timeouts.command, 5min);
}

TEST_F(LoaderTest, EveryTypeOfValueArrives) {
    write("people.toml", "");
    const auto loaded =
        load_text(minimal +
                  "tls = \"starttls\"\nverify = \"none\"\n"
                  "[gateway]\nhostname = \"mx.example.org\"\nthreads = 3\nstate_dir = \"state\"\n"
                  "[annotate]\ndeadline = \"250ms\"\nface = false\nauthserv_ids = [\"a\", \"b\"]\n"
                  "[limits]\nheader = \"64KiB\"\ncommand_line = 4096\n"
                  "[connector.directory]\nfile = \"people.toml\"\n");
    ASSERT_TRUE(loaded) << render(loaded.error().front());
    const Settings& settings = loaded->settings;
    EXPECT_EQ(settings.gateway.hostname, "mx.example.org");
    EXPECT_EQ(settings.gateway.threads, 3U);
    EXPECT_EQ(settings.annotate.deadline, 250ms);
    EXPECT_FALSE(settings.annotate.face);
    EXPECT_THAT(settings.annotate.authserv_ids, ElementsAre("a", "b"));
    EXPECT_EQ(settings.limits.header, 65'536U);
    EXPECT_EQ(settings.limits.command_line, 4096U);
    const Upstream& upstream = settings.upstreams.at("dovecot");
    EXPECT_EQ(upstream.name, "dovecot");
    EXPECT_EQ(upstream.line, 6U);
    EXPECT_EQ(upstream.tls, TlsMode::starttls);
    EXPECT_EQ(upstream.verify, TlsVerify::none);
    EXPECT_EQ(upstream.spares, 2U);
    EXPECT_EQ(upstream.max_idle, 8U);
    ASSERT_EQ(settings.listeners.size(), 1U);
    EXPECT_EQ(settings.listeners[0].line, 1U);
    EXPECT_THAT(settings.listeners[0].bind, ElementsAre("127.0.0.1:2424"));
    EXPECT_EQ(settings.listeners[0].max_connections, 4000U);
    EXPECT_EQ(settings.listeners[0].max_connections_per_address, 200U);
}

// Sets an environment variable for a test's time.
class Environment {
public:
    Environment(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
    ~Environment() { unsetenv(name_); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* name_;
};

TEST_F(LoaderTest, AFileMayBeACredentialOfSystemd) {
    write("credentials/mx.key", "");
    const std::string text = minimal + "[annotate]\nseal_key_file = \"$CREDENTIALS_DIRECTORY/mx.key\"\n";
    {
        const Environment given("CREDENTIALS_DIRECTORY", (folder_ / "credentials").string());
        const auto loaded = load_text(text);
        ASSERT_TRUE(loaded) << render(loaded.error().front());
        EXPECT_EQ(loaded->settings.annotate.seal_key_file, folder_ / "credentials/mx.key");
        EXPECT_THAT(faults_of(minimal + "[annotate]\nseal_key_file = \"$CREDENTIALS_DIRECTORY/other\"\n"),
                    ElementsAre(StartsWith("10: annotate.seal_key_file: a file that exists: ")));
    }
    // Whoever checks the file by hand sees where the service would look.
    EXPECT_THAT(faults_of(text),
                ElementsAre(AllOf(StartsWith("10: annotate.seal_key_file: "),
                                  HasSubstr("\"/run/credentials/decorum.service/mx.key\" does not (systemd puts "
                                            "credentials there while the service runs)"))));
}

TEST_F(LoaderTest, RelativePathsCountFromTheFile) {
    write("people.toml", "");
    const auto loaded = load_text(
        "[gateway]\nstate_dir = \"state\"\n[log]\ntarget = \"log/decorum.log\"\n[store]\nurl = "
        "\"sqlite:a/../b.db\"\n"
        "[connector.directory]\nfile = \"./people.toml\"\n");
    ASSERT_TRUE(loaded) << render(loaded.error().front());
    EXPECT_EQ(loaded->settings.gateway.state_dir, folder_ / "state");
    EXPECT_EQ(loaded->settings.log.target, (folder_ / "log/decorum.log").string());
    EXPECT_EQ(loaded->settings.store.url, "sqlite:" + (folder_ / "b.db").string());
    EXPECT_EQ(loaded->settings.connectors.at("directory").file, (folder_ / "people.toml").string());
}

TEST_F(LoaderTest, AListenerGetsDefaultsThatFollowFromItsProtocolAndPolicy) {
    const std::string smtp =
        "[annotate]\ndeadline = \"111ms\"\n"
        "[[listener]]\nname = \"filter\"\nprotocol = \"smtp\"\nbind = [\"127.0.0.1:0\"]\nupstream = \"mta\"\n"
        "[[listener]]\nname = \"out\"\nprotocol = \"smtp\"\nbind = [\"127.0.0.1:0\"]\nupstream = "
        "\"mta\"\npolicy = "
        "\"outbound\"\n"
        "[[listener]]\nname = \"own\"\nprotocol = \"smtp\"\nbind = [\"127.0.0.1:0\"]\nupstream = \"mta\"\n"
        "position = \"delivery\"\nmalformed = \"normalize\"\ndeadline = \"0s\"\n"
        "[upstream.mta]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:10026\"\n";
    const auto loaded = load_text(minimal + smtp);
    ASSERT_TRUE(loaded) << render(loaded.error().front());
    const auto& listeners = loaded->settings.listeners;
    ASSERT_EQ(listeners.size(), 4U);
    EXPECT_EQ(listeners[0].position, Position::delivery);
    EXPECT_EQ(listeners[0].malformed, Malformed::pass);
    EXPECT_EQ(listeners[0].deadline, 2s);
    EXPECT_EQ(listeners[1].position, Position::filter);
    EXPECT_EQ(listeners[1].malformed, Malformed::refuse);
    EXPECT_EQ(listeners[1].deadline, 111ms);
    EXPECT_EQ(listeners[2].position, Position::submission);
    EXPECT_EQ(listeners[3].position, Position::delivery);
    EXPECT_EQ(listeners[3].malformed, Malformed::normalize);
    EXPECT_EQ(listeners[3].deadline, 0ms);
}

TEST_F(LoaderTest, UnknownKeysAreFaultsWithTheirLineAndTheNearestName) {
    EXPECT_THAT(faults_of("[gateway]\nhostnme = \"a\"\n"),
                ElementsAre("2: gateway.hostnme: there is no such setting; did you mean \"hostname\"?"));
    EXPECT_THAT(faults_of("\n\n[gatway]\n"),
                ElementsAre("3: gatway: there is no such section; did you mean \"gateway\"?"));
    EXPECT_THAT(faults_of("colour = 1\n"), ElementsAre("1: colour: there is no such section"));
    EXPECT_THAT(faults_of("[connector.gravater]\n"),
                ElementsAre("1: connector.gravater: there is no such connector; did you mean \"gravatar\"?"));
    EXPECT_THAT(
        faults_of("[connector.directory]\n\ntoken = \"s3cret\"\n"),
        ElementsAre("3: connector.directory.token: there is no such setting; did you mean \"token_file\"?"));
}

TEST_F(LoaderTest, AnInlineSecretIsNeverRepeated) {
    for (const std::string& line : faults_of("[connector.directory]\ntoken = \"s3cret\"\n"))
        EXPECT_THAT(line, Not(HasSubstr("s3cret")));
}

TEST_F(LoaderTest, WrongTypesSayWhatWouldBeRight) {
    EXPECT_THAT(
        faults_of("[gateway]\nthreads = \"4\"\nhostname = 3\nstate_dir = true\n[annotate]\nface = 1\n"
                  "authserv_ids = \"mx\"\ndeadline = 300\nrequire = false\n[limits]\nheader = 1.5\n"
                  "command_line = [1]\n[outbound]\ndomains = [1]\n"),
        ElementsAre(
            "2: gateway.threads: a whole number, not \"4\"",
            "3: gateway.hostname: a text in quotes, not the number 3",
            "4: gateway.state_dir: a text in quotes, not true",
            "6: annotate.face: true or false, not the number 1",
            "7: annotate.authserv_ids: a list of texts in brackets, not \"mx\"",
            HasSubstr("8: annotate.deadline: a duration with its unit"),
            "9: annotate.require: \"authenticated\" or \"none\", not false",
            HasSubstr(
                "11: limits.header: a size such as \"256KiB\", \"1MiB\" or a number of octets, not a number"),
            HasSubstr("12: limits.command_line: a size"),
            "14: outbound.domains: a text in quotes, not the number 1"));
}

TEST_F(LoaderTest, ValuesOutOfRangeSayTheRange) {
    EXPECT_THAT(
        faults_of("[gateway]\nthreads = 1025\ndrain = \"2h\"\n[limits]\nheader = \"1B\"\nrecipients = -1\n"
                  "[timeouts]\nconnect = \"0s\"\n"),
        ElementsAre("2: gateway.threads: from 0 to 998, not the number 1025",
                    "3: gateway.drain: from 0ms to 1h, not \"2h\"",
                    "5: limits.header: from 4KiB to 64MiB, not \"1B\"",
                    "6: limits.recipients: from 1 to 1000000, not the number -1",
                    "8: timeouts.connect: from 1ms to 1h, not \"0s\""));
}

TEST_F(LoaderTest, WrongWordsListTheRightOnes) {
    EXPECT_THAT(faults_of("[log]\nlevel = \"verbose\"\nformat = \"JSON\"\n"),
                ElementsAre("2: log.level: \"debug\", \"info\", \"warning\" or \"error\", not \"verbose\"",
                            "3: log.format: \"json\" or \"text\", not \"JSON\""));
}

TEST_F(LoaderTest, ABadDurationIsAFault) {
    for (const char* value : {"\"5\"", "5", "\"\"", "\"1.5s\"", "\"soon\"", "1979-05-27", "08:00:00"})
        EXPECT_THAT(faults_of("[gateway]\ndrain = " + std::string(value) + "\n"),
                    ElementsAre(StartsWith("2: gateway.drain: a duration with its unit")))
            << value;
}

TEST_F(LoaderTest, SectionsInTheWrongShapeSayTheRightOne) {
    EXPECT_THAT(faults_of("[listener]\nname = \"a\"\n"),
                ElementsAre(HasSubstr("listener: sections [[listener]]")));
    EXPECT_THAT(faults_of("[[gateway]]\nthreads = 1\n"),
                ElementsAre(HasSubstr("gateway: a section [gateway]")));
    EXPECT_THAT(faults_of("[upstream]\naddress = \"127.0.0.1:24\"\n"),
                ElementsAre("2: upstream.address: a section [upstream.NAME], not a value"));
    EXPECT_THAT(faults_of("upstream = 1\n"), ElementsAre("1: upstream: sections [upstream.NAME]"));
    EXPECT_THAT(faults_of("gateway = 3\n"), ElementsAre("1: gateway: a section [gateway]"));
    EXPECT_THAT(faults_of("listener = [1, 2]\n"), ElementsAre(HasSubstr("listener: sections [[listener]]")));
    EXPECT_THAT(faults_of("listener = []\n"), IsEmpty());
}

TEST_F(LoaderTest, KeysThatMustBeGivenAreAskedForAtTheSectionsLine) {
    EXPECT_THAT(faults_of("\n[[listener]]\n\n[upstream.a]\n"),
                testing::UnorderedElementsAre(StartsWith("2: listener.name: must be given"),
                                              StartsWith("2: listener.protocol: must be given"),
                                              StartsWith("2: listener.bind: must be given"),
                                              StartsWith("2: listener.upstream: must be given"),
                                              StartsWith("4: upstream.a.protocol: must be given"),
                                              StartsWith("4: upstream.a.address: must be given")));
}

TEST_F(LoaderTest, AllFaultsAreFoundAtOnce) {
    EXPECT_EQ(
        faults_of(
            "[gateway]\nthreads = -1\nx = 1\n[log]\nlevel = 1\n[nonsense]\n[store]\nurl = \"mongodb://a\"\n")
            .size(),
        5U);
}

TEST_F(LoaderTest, FilesThatAreNamedMustExist) {
    const auto faults = faults_of(minimal +
                                  "ca_file = \"ca.pem\"\n"
                                  "[annotate]\nseal_key_file = \"seal.key\"\n"
                                  "[connector.directory]\nfile = \"people.toml\"\ntoken_file = \"token\"\n"
                                  "[http]\nca_file = \"ca.pem\"\n[outbound]\ncharter = \"charter.toml\"\n"
                                  "[gateway]\ndata_dir = \"data\"\n");
    EXPECT_THAT(faults, ElementsAre(StartsWith("9: upstream.dovecot.ca_file: a file that exists: "),
                                    StartsWith("11: annotate.seal_key_file: a file that exists: "),
                                    StartsWith("13: connector.directory.file: a file that exists: "),
                                    StartsWith("14: connector.directory.token_file: a file that exists: "),
                                    StartsWith("16: http.ca_file: a file that exists: "),
                                    StartsWith("18: outbound.charter: a file that exists: "),
                                    StartsWith("20: gateway.data_dir: a folder that exists: ")));
}

TEST_F(LoaderTest, AFolderIsNoFileAndAFileNoFolder) {
    std::filesystem::create_directories(folder_ / "folder");
    write("file", "");
    EXPECT_THAT(
        faults_of("[connector.ldap]\nca_file = \"folder\"\n[gateway]\ndata_dir = \"file\"\n"),
        ElementsAre(AllOf(StartsWith("2: connector.ldap.ca_file: a file: "), HasSubstr("is a folder")),
                    AllOf(StartsWith("4: gateway.data_dir: a folder: "), HasSubstr("is a file"))));
}

TEST_F(LoaderTest, AFileThatThisUserMayNotReadIsAFault) {
    if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
    chmod(write("people.toml", "").c_str(), 0);
    EXPECT_THAT(faults_of("[connector.directory]\nfile = \"people.toml\"\n"),
                ElementsAre(HasSubstr("may read")));
}

TEST_F(LoaderTest, ASecretThatEverybodyCanReadIsAWarning) {
    const auto key = write("seal.key", "k");
    chmod(key.c_str(), 0644);
    EXPECT_THAT(warnings_of("[annotate]\nseal_key_file = \"seal.key\"\n"),
                ElementsAre(HasSubstr("chmod o-r")));
    chmod(key.c_str(), 0640);
    EXPECT_THAT(warnings_of("[annotate]\nseal_key_file = \"seal.key\"\n"), IsEmpty());
}

TEST_F(LoaderTest, ControlCharactersInValuesAreFaultsAndStayOutOfTheLine) {
    for (const char* escaped : {"\\u0000", "\\n", "\\u001b", "\\u007f"}) {
        const auto faults = faults_of("[gateway]\nstate_dir = \"/a" + std::string(escaped) + "b\"\n");
        ASSERT_EQ(faults.size(), 1U);
        EXPECT_THAT(faults[0], HasSubstr("without control characters"));
        for (char c : faults[0]) EXPECT_TRUE(c >= ' ' && c <= '~');
    }
}

TEST_F(LoaderTest, AKeyCantForgeALineOfTheReport) {
    for (const std::string& line :
         faults_of("\"a\\nb: 1: ok\" = 1\n[gateway]\n\"\\u001b[2J\" = 1\n[upstream.\"x\\ny\"]\n"))
        for (char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << line;
}

TEST_F(LoaderTest, SyntaxErrorsHaveTheirLine) {
    EXPECT_THAT(faults_of("[gateway]\nthreads = \n"), ElementsAre(StartsWith("2: syntax: ")));
    EXPECT_THAT(faults_of("[gateway\n"), ElementsAre(StartsWith("1: syntax: ")));
    EXPECT_THAT(faults_of("[gateway]\nthreads = 1\nthreads = 2\n"), ElementsAre(StartsWith("3: syntax: ")));
    EXPECT_THAT(faults_of("a = 99999999999999999999\n"), ElementsAre(StartsWith("1: syntax: ")));
}

TEST_F(LoaderTest, NulAndInvalidUtf8AreFaults) {
    using namespace std::string_view_literals;
    EXPECT_THAT(faults_of("[gateway]\nhostname = \"a\0b\"\n"sv), ElementsAre(StartsWith("2: syntax: ")));
    EXPECT_THAT(faults_of("a\0b = 1\n"sv), ElementsAre(StartsWith("1: syntax: ")));
    EXPECT_THAT(faults_of("[gateway]\nhostname = \"\xff\"\n"), ElementsAre(StartsWith("2: syntax: ")));
    EXPECT_THAT(faults_of("\xc0\x80"), ElementsAre(StartsWith("1: syntax: ")));
}

TEST_F(LoaderTest, AFileOverOneMebibyteIsRefusedUnread) {
    const std::string filler = "# " + std::string(997, 'x') + "\n";
    std::string text;
    while (text.size() + filler.size() <= 1024 * 1024) text += filler;
    EXPECT_THAT(faults_of(text), IsEmpty());
    EXPECT_THAT(faults_of(text + filler), ElementsAre("1: file: a file of at most 1 MiB"));
    const auto sparse = write("sparse.toml", "");
    std::filesystem::resize_file(sparse, 100ULL * 1024 * 1024);
    ASSERT_FALSE(load(sparse));
}

TEST_F(LoaderTest, DeepNestingIsRefusedAndEndsTheProcessNowhere) {
    const auto repeated = [](std::string_view piece, std::size_t count) {
        std::string out;
        while (count-- > 0) out += piece;
        return out;
    };
    EXPECT_THAT(faults_of("\n" + repeated("a.", 200'000) + "a = 1\n"),
                ElementsAre(StartsWith("2: syntax: ")));
    EXPECT_THAT(faults_of("[" + repeated("a.", 200'000) + "a]\n"), ElementsAre(StartsWith("1: syntax: ")));
    EXPECT_THAT(faults_of("a = " + repeated("[", 100'000)), ElementsAre(StartsWith("1: syntax: ")));
    EXPECT_THAT(faults_of("a = " + repeated("{a=", 100'000)), ElementsAre(StartsWith("1: syntax: ")));
    EXPECT_THAT(faults_of("a = " + repeated("{a.a.a.a.a.a.a=[\n", 50'000)),
                ElementsAre(HasSubstr(": syntax: ")));
    // The deepest that is let through to the parser: a line may hold eight dots.
    std::string deepest = repeated("{a.a.a.a.a.a.a.a.a=[\n", 120) + "1" + repeated("\n]}", 120);
    EXPECT_THAT(faults_of("a = " + deepest + "\n"), ElementsAre("1: a: there is no such section"));
}

TEST_F(LoaderTest, DotsInStringsAndCommentsAreNoNesting) {
    for (const char* value :
         {R"("a.b.c.d.e.f.g.h.i.j.k.l")", "'a.b.c.d.e.f.g.h.i.j.k.l'", R"("""a.b.c.d.e.f"g".h.i.j.k.l.m"""")",
          "'''a.b.c.d.e.f.'g.h.i.j.k.l'''", R"("\"a.b.c.d.e.f.g.h.i.j.k.l.m")"})
        EXPECT_THAT(
            faults_of("[annotate]\nown_names = [" + std::string(value) + "] # a.b.c.d.e.f.g.h.i.j.k\n"),
            IsEmpty())
            << value;
}

TEST_F(LoaderTest, StringsCantHideDotsFromTheBound) {
    const std::string deep = ", " + [] {
        std::string out;
        for (int i = 0; i < 200'000; ++i) out += "y.";
        return out;
    }() + "y = 1 }\n";
    for (const char* text :
         {R"("""a"""")", R"("""a""""")", R"('''a'''')", R"("a\\")", R"('a\')", R"("")", R"("""\"""")"})
        EXPECT_THAT(faults_of("x = { x = " + std::string(text) + deep),
                    ElementsAre(StartsWith("1: syntax: ")))
            << text;
}

TEST_F(LoaderTest, AFileOfNonsenseGivesABoundedReport) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "k" + std::to_string(i) + " = 1\n";
    const auto faults = faults_of(text);
    EXPECT_EQ(faults.size(), 101U);
    EXPECT_THAT(faults.back(), HasSubstr("and more"));
}

TEST_F(LoaderTest, AFileThatCantBeReadIsAFault) {
    const auto absent = load(folder_ / "absent.toml");
    ASSERT_FALSE(absent);
    EXPECT_EQ(
        render(absent.error().at(0)),
        (folder_ / "absent.toml").string() + ":1: file: a file that can be read: No such file or directory");
    ASSERT_FALSE(load(folder_));
    EXPECT_THAT(render(load(folder_).error().at(0)), HasSubstr("this is a folder"));
}

TEST_F(LoaderTest, LineEndsAndAByteOrderMarkDoNotMatter) {
    EXPECT_THAT(faults_of("\xef\xbb\xbf[gateway]\r\nthreads = 1\r\n"), IsEmpty());
    EXPECT_THAT(faults_of("\xef\xbb\xbf[gateway]\r\n\r\nthreads = -1\r\n"),
                ElementsAre(StartsWith("3: gateway.threads: ")));
}

TEST_F(LoaderTest, AuditAndMetricsAreReadWithoutAWarning) {
    EXPECT_THAT(warnings_of("[metrics]\nbind = \"127.0.0.1:9925\"\n[audit]\nfile = \"audit\"\n"), IsEmpty());
    EXPECT_THAT(faults_of("[imap]\nblock = \"8KiB\"\n[metrics]\nbind = \"9925\"\n"),
                ElementsAre(StartsWith("2: imap.block: from 1KiB to 4KiB"), StartsWith("4: metrics.bind: ")));
}

TEST_F(LoaderTest, AConnectorIsOffUntilItIsAskedForButTheDirectory) {
    const auto loaded = load_text("[connector.gravatar]\n[connector.directory]\nenabled = false\n");
    ASSERT_TRUE(loaded);
    EXPECT_FALSE(loaded->settings.connectors.at("gravatar").enabled);
    EXPECT_FALSE(loaded->settings.connectors.at("directory").enabled);
    EXPECT_TRUE(load_text("")->settings.connectors.at("directory").enabled);
}

TEST_F(LoaderTest, DomainsBeyondAsciiAreKeptAsTheirALabels) {
    const auto loaded = load_text(
        "[outbound]\ndomains = [\"m\xc3\xbcller.example\", \"Example.org\"]\n"
        "[annotate]\nexclude_recipients = [\"@m\xc3\xbcller.example\"]\n"
        "[connector.webfinger]\ndomains = [\"b\xc3\xbc"
        "cher.example\"]\n"
        "[connector.bluesky]\npersonal_domains = [\"b\xc3\xbc"
        "cher.example\"]\n");
    ASSERT_TRUE(loaded) << render(loaded.error().front());
    using Domains = std::vector<std::string>;
    EXPECT_EQ(loaded->settings.outbound.domains, (Domains{"xn--mller-kva.example", "Example.org"}));
    EXPECT_EQ(loaded->settings.connectors.at("webfinger").domains, Domains{"xn--bcher-kva.example"});
    EXPECT_EQ(loaded->settings.connectors.at("bluesky").personal_domains, Domains{"xn--bcher-kva.example"});
}

// The contract's example, with the files that it names beside it.
TEST_F(LoaderTest, TheDocumentedExampleLoads) {
    write("people.toml", "");
    write("charter.toml", "");
    const auto loaded = load_text(R"([gateway]
hostname  = "mx.example.org"
state_dir = "/var/lib/decorum"
threads   = 0
[log]
level  = "info"
format = "json"
target = "stderr"
[[listener]]
name     = "delivery"
protocol = "lmtp"
bind     = ["127.0.0.1:2424"]
tls      = "none"
certificate = ""
private_key = ""
policy   = "inbound"
upstream = "dovecot"
position = "delivery"
trusted_peers = []
proxy_protocol = false
malformed = "pass"
deadline  = "2s"
[upstream.dovecot]
protocol = "lmtp"
address  = "127.0.0.1:24"
tls      = "none"
[annotate]
prefix   = "Sender-Profile"
deadline = "300ms"
require  = "authenticated"
authserv_ids = ["mx.example.org"]
face     = true
seal_key_file = ""
[store]
url = "sqlite:"
[connector.directory]
enabled = true
file = "people.toml"
[connector.gravatar]
enabled    = false
base_url   = "https://api.gravatar.com"
token_file = ""
[http]
proxy   = ""
ca_file = ""
allow_private = false
[outbound]
domains = ["example.org"]
charter = "charter.toml"
[imap]
annotate = true
block = "2KiB"
[audit]
file = ""
[metrics]
bind = "127.0.0.1:9925"
)");
    ASSERT_TRUE(loaded) << render(loaded.error().front());
    EXPECT_THAT(lines_of(loaded->warnings),
                ElementsAre("51: imap.annotate: has no effect: no imap listener has policy \"inbound\""));
}

TEST(Render, IsOneLineWhateverItHolds) {
    EXPECT_EQ(render({"/etc/decorum/decorum.toml", 3, "gateway.threads", "a whole number"}),
              "/etc/decorum/decorum.toml:3: gateway.threads: a whole number");
    const std::string line = render({"a\nb", 1, "k\r\ney", "m\x1b\nessage"});
    for (char c : line) EXPECT_TRUE(c >= ' ' && c <= '~');
}

}  // namespace
}  // namespace decorum::config
