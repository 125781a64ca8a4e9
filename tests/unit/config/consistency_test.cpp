// Settings that are right alone and wrong together.
#include "config/consistency.hpp"

#include <gmock/gmock.h>

#include "tests/unit/config/support.hpp"

namespace decorum::config {
namespace {

using testing::AllOf, testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::StartsWith;

class ConsistencyTest : public ConfigTest {
protected:
    // A listener and an upstream by SMTP; `more` goes into the listener. Ten lines and those of `more`.
    static std::string smtp(const std::string& more = "", const std::string& upstream_more = "") {
        return "[annotate]\n"
               "authserv_ids = [\"mx.example.org\"]\n"
               "[[listener]]\n"
               "name = \"filter\"\n"
               "protocol = \"smtp\"\n"
               "bind = [\"127.0.0.1:10025\"]\n"
               "upstream = \"mta\"\n" +
               more + "[upstream.mta]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:10026\"\n" + upstream_more;
    }
    static std::string listener(const std::string& name, const std::string& bind) {
        return "[[listener]]\nname = \"" + name + "\"\nprotocol = \"lmtp\"\nbind = [" + bind +
               "]\nupstream = \"dovecot\"\n";
    }
};

TEST_F(ConsistencyTest, TheGroundOfTheseTestsHasNoFault) {
    EXPECT_THAT(warnings_of(smtp()), IsEmpty());
    EXPECT_THAT(faults_of(minimal), IsEmpty());
}

TEST_F(ConsistencyTest, AListenerNeedsAnUpstreamThatExists) {
    EXPECT_THAT(
        faults_of("[[listener]]\nname = \"a\"\nprotocol = \"lmtp\"\nbind = [\"127.0.0.1:0\"]\nupstream = "
                  "\"dovcot\"\n"
                  "[upstream.dovecot]\nprotocol = \"lmtp\"\naddress = \"127.0.0.1:24\"\n"),
        ElementsAre("5: listener.upstream: there is no [upstream.dovcot]; did you mean \"dovecot\"?"));
    EXPECT_THAT(
        faults_of(
            "[[listener]]\nname = \"a\"\nprotocol = \"lmtp\"\nbind = [\"127.0.0.1:0\"]\nupstream = \"x\"\n"),
        ElementsAre("5: listener.upstream: the name of an [upstream.NAME] section; there is no \"x\""));
}

TEST_F(ConsistencyTest, BothSidesSpeakTheSameProtocol) {
    EXPECT_THAT(faults_of(minimal + "[[listener]]\nname = \"a\"\nprotocol = \"smtp\"\nbind = "
                                    "[\"127.0.0.1:0\"]\nupstream = \"dovecot\"\n"),
                ElementsAre("13: listener.upstream: an upstream that speaks \"smtp\" as this listener does; "
                            "\"dovecot\" speaks "
                            "\"lmtp\""));
}

TEST_F(ConsistencyTest, ImapIsNotInThisVersion) {
    EXPECT_THAT(
        faults_of(
            "[[listener]]\nname = \"a\"\nprotocol = \"imap\"\nbind = [\"127.0.0.1:0\"]\nupstream = \"u\"\n"
            "[upstream.u]\nprotocol = \"imap\"\naddress = \"127.0.0.1:143\"\n"),
        ElementsAre("3: listener.protocol: \"smtp\" or \"lmtp\"; IMAP is not in this version"));
}

TEST_F(ConsistencyTest, NamesOfListenersDiffer) {
    EXPECT_THAT(faults_of(minimal + listener("delivery", "\"127.0.0.1:0\"")),
                ElementsAre("10: listener.name: a name of its own: line 1 has \"delivery\" already"));
}

TEST_F(ConsistencyTest, BindsThatClashAreFaults) {
    const std::vector<std::pair<std::string, std::string>> clashing = {
        {"127.0.0.1:2500", "127.0.0.1:2500"},     {"0.0.0.0:2500", "127.0.0.1:2500"},
        {"127.0.0.1:2500", "0.0.0.0:2500"},       {"[::]:2500", "[::1]:2500"},
        {"[::1]:2500", "[0:0:0:0:0:0:0:1]:2500"}, {"unix:/run/a", "unix:/run/../run/a"}};
    for (const auto& [first, second] : clashing) {
        EXPECT_THAT(
            faults_of(minimal + listener("b", "\"" + first + "\"") + listener("c", "\"" + second + "\"")),
            ElementsAre(AllOf(StartsWith("17: listener.bind: a place of its own: "),
                              HasSubstr("of the listener \"b\""))))
            << first << " " << second;
        EXPECT_THAT(faults_of(minimal + listener("b", "\"" + first + "\", \"" + second + "\"")),
                    ElementsAre(StartsWith("12: listener.bind: a place of its own: ")));
    }
}

TEST_F(ConsistencyTest, BindsThatGoTogetherAreNone) {
    for (const char* pair :
         {"\"127.0.0.1:2500\", \"127.0.0.1:2501\"", "\"127.0.0.1:2500\", \"127.0.0.2:2500\"",
          "\"0.0.0.0:2500\", \"[::]:2500\"", "\"127.0.0.1:0\", \"127.0.0.1:0\"",
          "\"unix:/run/a\", \"unix:/run/b\"", "\"unix:/run/a\", \"127.0.0.1:2500\""})
        EXPECT_THAT(faults_of(minimal + listener("b", pair)), IsEmpty()) << pair;
}

TEST_F(ConsistencyTest, MetricsTakeNoListenersPlace) {
    EXPECT_THAT(faults_of(minimal + "[metrics]\nbind = \"127.0.0.1:2424\"\n"),
                ElementsAre(HasSubstr("is taken by metrics.bind")));
}

TEST_F(ConsistencyTest, AListenerListensSomewhere) {
    EXPECT_THAT(faults_of(minimal + listener("b", "")),
                ElementsAre("12: listener.bind: at least one address to listen at"));
    EXPECT_THAT(faults_of(minimal + listener("b", "\"nowhere\"")),
                ElementsAre(StartsWith("12: listener.bind: \"ADDRESS:PORT\"")));
}

TEST_F(ConsistencyTest, AnUpstreamThatIsThisGatewayIsALoop) {
    for (const char* bind : {"127.0.0.1:24", "0.0.0.0:24"})
        EXPECT_THAT(faults_of(minimal + listener("b", "\"" + std::string(bind) + "\"")),
                    ElementsAre(StartsWith("8: upstream.dovecot.address: another server: ")))
            << bind;
    EXPECT_THAT(faults_of(minimal + listener("b", "\"[::]:24\"")), IsEmpty());
}

TEST_F(ConsistencyTest, TlsNeedsACertificateAndItsKey) {
    EXPECT_THAT(
        faults_of(smtp("tls = \"starttls\"\n")),
        ElementsAre(StartsWith("3: listener.certificate: "), StartsWith("3: listener.private_key: ")));
    write("cert.pem", "");
    write("key.pem", "");
    std::filesystem::permissions(folder_ / "key.pem", std::filesystem::perms::owner_read);
    EXPECT_THAT(faults_of(smtp("tls = \"implicit\"\ncertificate = \"cert.pem\"\n")),
                ElementsAre(StartsWith("3: listener.private_key: ")));
    EXPECT_THAT(
        warnings_of(smtp("tls = \"implicit\"\ncertificate = \"cert.pem\"\nprivate_key = \"key.pem\"\n")),
        IsEmpty());
    // A file that is named and absent is said once.
    EXPECT_THAT(faults_of(smtp("tls = \"implicit\"\ncertificate = \"no.pem\"\nprivate_key = \"key.pem\"\n")),
                ElementsAre(StartsWith("9: listener.certificate: a file that exists")));
}

TEST_F(ConsistencyTest, ACertificateWithoutTlsIsAWarning) {
    write("cert.pem", "");
    EXPECT_THAT(warnings_of(smtp("certificate = \"cert.pem\"\n")),
                ElementsAre(HasSubstr("listener.certificate: has no effect while tls")));
}

TEST_F(ConsistencyTest, VerificationNeedsAName) {
    EXPECT_THAT(faults_of(smtp("", "tls = \"starttls\"\n")),
                ElementsAre("8: upstream.mta.tls_name: the name in the server's certificate: "
                            "\"127.0.0.1:10026\" is none to verify"));
    EXPECT_THAT(warnings_of(smtp("", "tls = \"starttls\"\ntls_name = \"mta.example.org\"\n")), IsEmpty());
    EXPECT_THAT(warnings_of(smtp("", "tls = \"starttls\"\nverify = \"opportunistic\"\n")), IsEmpty());
    EXPECT_THAT(warnings_of(smtp("", "tls_name = \"mta.example.org\"\n")),
                ElementsAre(HasSubstr("upstream.mta.tls_name: has no effect while tls")));
}

TEST_F(ConsistencyTest, AProfileIsNeverShownForAForgedSenderAtTheFront) {
    EXPECT_THAT(faults_of(smtp("position = \"front\"\n") + "[annotate.x]\n"), testing::Not(IsEmpty()));
    const std::string open = "[annotate]\nrequire = \"none\"\n" +
                             smtp("position = \"front\"\n").substr(sizeof("[annotate]\n") - 1);
    EXPECT_THAT(faults_of(open), ElementsAre(StartsWith("2: annotate.require: \"authenticated\"")));
    const std::string passing =
        "[annotate]\nrequire = \"none\"\n" +
        smtp("position = \"front\"\npolicy = \"pass\"\n").substr(sizeof("[annotate]\n") - 1);
    EXPECT_THAT(faults_of(passing), IsEmpty());
}

TEST_F(ConsistencyTest, Rfc2033_LmtpNeverFacesClients) {
    for (const char* position : {"front", "submission"})
        EXPECT_THAT(faults_of("[[listener]]\nname = \"a\"\nprotocol = \"lmtp\"\nbind = "
                              "[\"127.0.0.1:0\"]\nupstream = \"dovecot\"\nposition = \"" +
                              std::string(position) +
                              "\"\n[upstream.dovecot]\nprotocol = \"lmtp\"\naddress = \"127.0.0.1:24\"\n"),
                    ElementsAre(StartsWith("6: listener.position: \"delivery\" or \"filter\"")));
}

TEST_F(ConsistencyTest, TheProxyProtocolNeedsSomebodyToTrust) {
    EXPECT_THAT(faults_of(smtp("proxy_protocol = true\n")),
                ElementsAre(StartsWith("3: listener.trusted_peers: ")));
    EXPECT_THAT(faults_of(smtp("proxy_protocol = true\ntrusted_peers = [\"10.0.0.0/8\", \"unix\"]\n")),
                IsEmpty());
    EXPECT_THAT(faults_of(smtp("trusted_peers = [\"10.0.0.0/33\"]\n")),
                ElementsAre(StartsWith("8: listener.trusted_peers: an address")));
}

TEST_F(ConsistencyTest, AVisibleTagIsForTheDeliveryPosition) {
    const std::string tag = "[annotate]\nvisible = \"from\"\n";
    EXPECT_THAT(warnings_of(tag + smtp().substr(sizeof("[annotate]\n") - 1)),
                ElementsAre(StartsWith("2: annotate.visible: has no effect")));
    EXPECT_THAT(warnings_of(tag + smtp("position = \"delivery\"\n").substr(sizeof("[annotate]\n") - 1)),
                IsEmpty());
    EXPECT_THAT(warnings_of(tag), IsEmpty());
}

TEST_F(ConsistencyTest, WithoutAuthservIdsNobodyIsAuthenticated) {
    EXPECT_THAT(warnings_of(minimal),
                ElementsAre(HasSubstr("annotate.authserv_ids: empty: no sender counts as authenticated")));
    EXPECT_THAT(warnings_of(minimal + "[annotate]\nrequire = \"none\"\n"), IsEmpty());
    EXPECT_THAT(warnings_of(""), IsEmpty());
}

TEST_F(ConsistencyTest, OutboundAndUnusedUpstreamsAreSaid) {
    EXPECT_THAT(warnings_of(smtp("policy = \"outbound\"\n")),
                ElementsAre(HasSubstr("listener.policy: \"outbound\" assesses nothing")));
    EXPECT_THAT(warnings_of("[upstream.a]\nprotocol = \"smtp\"\naddress = \"mta.example.org:25\"\n"),
                ElementsAre("1: upstream.a: no listener hands mail on to it"));
}

TEST_F(ConsistencyTest, SettingsOfOtherConnectorsHaveNoEffect) {
    write("token", "t");
    std::filesystem::permissions(folder_ / "token", std::filesystem::perms::owner_read);
    EXPECT_THAT(
        warnings_of("[connector.directory]\nbase_url = \"https://a.example\"\ntoken_file = \"token\"\n"
                    "[connector.ldap]\nfile = \"token\"\n"),
        testing::UnorderedElementsAre(StartsWith("2: connector.directory.base_url: has no effect"),
                                      StartsWith("3: connector.directory.token_file: has no effect"),
                                      StartsWith("5: connector.ldap.file: has no effect")));
}

TEST_F(ConsistencyTest, RunningNeedsAListener) {
    EXPECT_THAT(lines_of(check_for_run(load_text("")->settings)),
                ElementsAre(StartsWith("1: listener: at least one [[listener]]")));
    EXPECT_THAT(check_for_run(load_text(minimal)->settings), IsEmpty());
}

}  // namespace
}  // namespace decorum::config
