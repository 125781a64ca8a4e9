// Settings that are right alone and wrong together.
#include "config/consistency.hpp"

#include <fmt/format.h>
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

// Seven lines.
std::string reading(std::string_view listener, std::string_view rest) {
    return fmt::format(
        "[[listener]]\nname = \"a\"\nprotocol = \"imap\"\nbind = [\"127.0.0.1:0\"]\nupstream = \"u\"\n{}\n"
        "[upstream.u]\nprotocol = \"imap\"\naddress = \"127.0.0.1:143\"\n{}\n",
        listener, rest);
}

TEST_F(ConsistencyTest, ImapListenersReadMail) {
    const std::string annotating = "[imap]\nannotate = true\n[annotate]\nrequire = \"none\"\n";
    EXPECT_THAT(faults_of(reading("", annotating)), IsEmpty());
    EXPECT_THAT(warnings_of(reading("", annotating)), IsEmpty());
    EXPECT_THAT(warnings_of(reading("policy = \"pass\"", "")), IsEmpty());
    EXPECT_THAT(faults_of(reading("policy = \"outbound\"", annotating)),
                ElementsAre("6: listener.policy: \"inbound\" or \"pass\": nobody sends by imap"));
}

TEST_F(ConsistencyTest, ImapListenersAreToldWhatDoesNothing) {
    EXPECT_THAT(warnings_of(reading("", "")),
                ElementsAre("1: listener.policy: as \"pass\" until imap.annotate is true"));
    EXPECT_THAT(
        warnings_of(reading("policy = \"pass\"", "spares = 1")),
        ElementsAre("10: upstream.u.spares: has no effect: each imap client has a connection of its own"));
    EXPECT_THAT(warnings_of(reading("policy = \"pass\"\nposition = \"filter\"", "")),
                ElementsAre("7: listener.position: has no effect where mail is read"));
    EXPECT_THAT(
        warnings_of(minimal + "forward_address = true\n"),
        testing::Contains("9: upstream.dovecot.forward_address: has no effect: only imap has an ID command"));
    EXPECT_THAT(warnings_of(reading("policy = \"pass\"", "[imap]\nannotate = true\n")),
                ElementsAre("11: imap.annotate: has no effect: no imap listener has policy \"inbound\""));
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

TEST_F(ConsistencyTest, MetricsAreForThisMachine) {
    for (const std::string bind :
         {"127.0.0.1:9925", "127.0.0.9:0", "[::1]:9925", "unix:/run/decorum/metrics"})
        EXPECT_THAT(warnings_of(smtp() + "[metrics]\nbind = \"" + bind + "\"\n"), IsEmpty()) << bind;
    for (const std::string bind : {"0.0.0.0:9925", "[::]:9925", "192.0.2.1:9925"})
        EXPECT_THAT(warnings_of(smtp() + "[metrics]\nbind = \"" + bind + "\"\n"),
                    ElementsAre("12: metrics.bind: other machines may read them: whoever can connect"))
            << bind;
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
    // A socket has no address either that could stand in for a name.
    const auto behind_socket = [](const std::string& verify) {
        std::string text = smtp("", "tls = \"starttls\"\nverify = \"" + verify + "\"\n");
        const std::string_view address = "127.0.0.1:10026";
        return text.replace(text.find(address), address.size(), "unix:/run/mta");
    };
    for (const char* verify : {"opportunistic", "required"})
        EXPECT_THAT(faults_of(behind_socket(verify)),
                    ElementsAre("8: upstream.mta.tls_name: the name in the server's certificate: "
                                "\"unix:/run/mta\" is none to verify"))
            << verify;
    EXPECT_THAT(warnings_of(behind_socket("none")), IsEmpty());
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

TEST_F(ConsistencyTest, OutboundWithoutDomainsAssessesNobody) {
    const std::string outbound = smtp("policy = \"outbound\"\n");
    EXPECT_THAT(warnings_of(outbound),
                ElementsAre(HasSubstr("outbound.domains: empty: nobody's mail is ours")));
    EXPECT_THAT(warnings_of(outbound + "[outbound]\ndomains = [\"example.org\"]\n"), IsEmpty());
    write("logins.toml", "[logins]\n");
    EXPECT_THAT(warnings_of(smtp() + "[outbound]\nlogin_map = \"logins.toml\"\n"),
                ElementsAre(HasSubstr("outbound.login_map: has no effect")));
}

TEST_F(ConsistencyTest, UnusedUpstreamsAreSaid) {
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

TEST_F(ConsistencyTest, SettingsThatPromiseWhatIsNotDoneAreSaid) {
    EXPECT_THAT(
        warnings_of("[connector.github]\nspend_cap = 5\ntier = \"S\"\n[connector.gravatar]\napp_id = \"7\"\n"
                    "base_dn = \"dc=example\"\n[connector.ldap]\ndomains = [\"example.org\"]\n"),
        testing::UnorderedElementsAre(
            StartsWith("2: connector.github.spend_cap: has no effect: it is for x"),
            StartsWith("3: connector.github.tier: as \"A\""),
            StartsWith("5: connector.gravatar.app_id: has no effect: it is for facebook and orcid"),
            StartsWith("6: connector.gravatar.base_dn: has no effect: it is for ldap"),
            StartsWith("8: connector.ldap.domains: has no effect")));
    EXPECT_THAT(warnings_of("[annotate]\nface = false\n[connector.libravatar]\nenabled = true\n"),
                ElementsAre(StartsWith("4: connector.libravatar.enabled: has no effect while annotate.face")));
    EXPECT_THAT(warnings_of("[connector.gitlab]\nenabled = true\ntier = \"B\"\n"
                            "domains = [\"gitlab.com\"]\n[connector.ldap]\ntier = \"S\"\n"),
                IsEmpty());
}

TEST_F(ConsistencyTest, TheProfilePageHasNoPlaceOfItsOwn) {
    write("token", "t");
    std::filesystem::permissions(folder_ / "token", std::filesystem::perms::owner_read);
    EXPECT_THAT(
        warnings_of("[connector.profile_page]\nenabled = true\nbase_url = \"https://a.example\"\n"
                    "token_file = \"token\"\n"),
        testing::UnorderedElementsAre(StartsWith("3: connector.profile_page.base_url: has no effect"),
                                      StartsWith("4: connector.profile_page.token_file: has no effect")));
}

TEST_F(ConsistencyTest, WhatTheNetworksHaveNoUseForIsSaid) {
    write("token", "t");
    std::filesystem::permissions(folder_ / "token", std::filesystem::perms::owner_read);
    EXPECT_THAT(warnings_of("[connector.webfinger]\nenabled = true\nbase_url = \"https://a.example\"\n"
                            "token_file = \"token\"\nkey_id = \"https://a.example/key\"\n"),
                testing::UnorderedElementsAre(StartsWith("3: connector.webfinger.base_url: has no effect"),
                                              StartsWith("4: connector.webfinger.token_file: has no effect"),
                                              StartsWith("5: connector.webfinger.key_id: has no effect")));
    EXPECT_THAT(warnings_of("[connector.bluesky]\nenabled = true\ntoken_file = \"token\"\n"),
                ElementsAre(StartsWith("3: connector.bluesky.token_file: has no effect")));
}

TEST_F(ConsistencyTest, PlainHttpIsForTests) {
    const std::string gravatar =
        "[connector.gravatar]\nenabled = true\nbase_url = \"http://127.0.0.1:8080\"\n";
    EXPECT_THAT(faults_of(gravatar),
                ElementsAre(StartsWith("3: connector.gravatar.base_url: a URL that begins")));
    EXPECT_THAT(faults_of(gravatar + "[http]\nallow_private = true\n"), IsEmpty());
}

TEST_F(ConsistencyTest, SourcesOfThisVersionMayBeEnabled) {
    EXPECT_THAT(
        warnings_of("[connector.gravatar]\nenabled = true\n[connector.profile_page]\nenabled = true\n"),
        IsEmpty());
}

TEST_F(ConsistencyTest, NetworksNeedTheirCredentials) {
    write("secret", "s3cret\n");
    std::filesystem::permissions(folder_ / "secret", std::filesystem::perms::owner_read);
    const auto enabled = [](std::string_view name) {
        return "[connector." + std::string(name) + "]\nenabled = true\n";
    };
    const std::string secret = "token_file = \"secret\"\n";
    EXPECT_THAT(faults_of(enabled("x")), ElementsAre(StartsWith("1: connector.x.token_file: ")));
    EXPECT_THAT(faults_of(enabled("facebook")),
                ElementsAre(StartsWith("1: connector.facebook.token_file: ")));
    EXPECT_THAT(faults_of(enabled("orcid")),
                testing::UnorderedElementsAre(StartsWith("1: connector.orcid.app_id: "),
                                              StartsWith("1: connector.orcid.token_file: ")));
    EXPECT_THAT(faults_of(enabled("libravatar")), IsEmpty());
    EXPECT_THAT(faults_of(enabled("orcid") + secret + "app_id = \"APP-1\"\n"), IsEmpty());
    EXPECT_THAT(faults_of(enabled("facebook") + secret), IsEmpty());
}

TEST_F(ConsistencyTest, WhatIsPaidForHasALimitUnlessSomebodyTakesItAway) {
    write("secret", "s3cret\n");
    std::filesystem::permissions(folder_ / "secret", std::filesystem::perms::owner_read);
    const std::string x =
        minimal +
        "[annotate]\nauthserv_ids = [\"mx\"]\n[connector.x]\nenabled = true\ntoken_file = \"secret\"\n";
    EXPECT_EQ(load_text(x)->settings.connectors.at("x").spend_cap, 100U);
    EXPECT_EQ(load_text(x + "spend_cap = 7\n")->settings.connectors.at("x").spend_cap, 7U);
    EXPECT_THAT(warnings_of(x), IsEmpty());
    EXPECT_THAT(warnings_of(x + "spend_cap = 0\n"),
                ElementsAre(StartsWith("14: connector.x.spend_cap: 0 sets no limit")));
}

TEST_F(ConsistencyTest, LdapNeedsAServerABaseAndAPassword) {
    write("password", "secret\n");
    std::filesystem::permissions(folder_ / "password", std::filesystem::perms::owner_read);
    const std::string ldap = "[connector.ldap]\nenabled = true\n";
    const std::string base = "base_dn = \"dc=example\"\n";
    const std::string server = "base_url = \"ldap://ldap.example.org\"\n";
    EXPECT_THAT(faults_of(ldap), testing::UnorderedElementsAre(StartsWith("1: connector.ldap.base_url: "),
                                                               StartsWith("1: connector.ldap.base_dn: ")));
    EXPECT_THAT(faults_of(ldap + base + "base_url = \"https://ldap.example.org\"\n"),
                ElementsAre(StartsWith("4: connector.ldap.base_url: ")));
    EXPECT_THAT(faults_of(ldap + base + server), IsEmpty());
    EXPECT_THAT(faults_of(ldap + base + server + "bind_dn = \"cn=decorum\"\n"),
                ElementsAre(StartsWith("1: connector.ldap.token_file: ")));
    EXPECT_THAT(faults_of(ldap + base + server + "filter = \"(mail=jane)\"\n"),
                ElementsAre(StartsWith("5: connector.ldap.filter: a search filter with {address}")));
    EXPECT_THAT(faults_of(ldap + base + server + "filter = \"(mail={address}\"\n"),
                ElementsAre(StartsWith("5: connector.ldap.filter: a search filter (RFC 4515)")));
    EXPECT_THAT(faults_of(ldap + base + server + "tls = \"implicit\"\n"),
                ElementsAre(StartsWith("5: connector.ldap.tls: \"starttls\"")));
    EXPECT_THAT(faults_of(ldap + base + "base_url = \"ldaps://ldap.example.org\"\ntls = \"starttls\"\n"),
                ElementsAre(StartsWith("5: connector.ldap.tls: \"none\"")));
    EXPECT_THAT(faults_of("[connector.gravatar]\n" + server),
                ElementsAre(StartsWith("2: connector.gravatar.base_url: ")));
    const std::string bound = "bind_dn = \"cn=decorum\"\ntoken_file = \"password\"\n";
    EXPECT_THAT(
        warnings_of(ldap + base + server + bound),
        ElementsAre(StartsWith("1: connector.ldap.tls: the password goes over the network in clear")));
    EXPECT_THAT(warnings_of(ldap + base + server + bound + "tls = \"starttls\"\n"), IsEmpty());
    EXPECT_THAT(warnings_of(ldap + base + "base_url = \"ldap://127.0.0.1:389\"\n" + bound), IsEmpty());
    EXPECT_THAT(warnings_of(ldap + base + server + "token_file = \"password\"\n"),
                ElementsAre(StartsWith("5: connector.ldap.token_file: has no effect")));
}

TEST_F(ConsistencyTest, TheDirectoryMayBeAFolder) {
    std::filesystem::create_directory(folder_ / "people");
    EXPECT_THAT(faults_of("[connector.directory]\nfile = \"people\"\n"), IsEmpty());
    EXPECT_THAT(faults_of("[connector.directory]\nfile = \"missing\"\n"),
                ElementsAre(StartsWith("2: connector.directory.file: a file that exists")));
}

TEST_F(ConsistencyTest, RunningNeedsAListener) {
    EXPECT_THAT(lines_of(check_for_run(load_text("")->settings)),
                ElementsAre(StartsWith("1: listener: at least one [[listener]]")));
    EXPECT_THAT(check_for_run(load_text(minimal)->settings), IsEmpty());
}

TEST_F(ConsistencyTest, NoticesNeedAnUpstreamThatTakesMail) {
    const std::string from = "[notice]\nfrom = \"Decorum <decorum@example.org>\"\n";
    EXPECT_THAT(warnings_of(smtp() + from + "upstream = \"mta\"\n"), IsEmpty());
    EXPECT_THAT(faults_of(smtp() + from),
                ElementsAre(HasSubstr("notice.upstream: the [upstream.NAME] section")));
    EXPECT_THAT(
        faults_of(smtp() + from + "upstream = \"nobody\"\n"),
        ElementsAre(HasSubstr("notice.upstream: the name of an [upstream.NAME] section; there is no")));
    EXPECT_THAT(faults_of(smtp("", "send_proxy = \"v2\"\n") + from + "upstream = \"mta\"\n"),
                ElementsAre(HasSubstr("notice.upstream: an upstream without send_proxy")));
    EXPECT_THAT(warnings_of(smtp() + "[notice]\nupstream = \"mta\"\n"),
                ElementsAre(HasSubstr("notice.upstream: has no effect without notice.from")));
    // One that letters alone go to is of use.
    EXPECT_THAT(warnings_of(smtp() + "[upstream.own]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:10027\"\n" +
                            from + "upstream = \"own\"\n"),
                IsEmpty());
}

}  // namespace
}  // namespace decorum::config
