// Claims about Authentication-Results (RFC 8601): what real servers write is read, what strangers smuggle in
// is not, and trust follows the topmost trusted word.
#include "gateway/message/auth_results.hpp"

#include <gtest/gtest.h>

namespace decorum::message {
namespace {

// "id: method=result key=value …; …", or "error".
std::string results_in(std::string_view body) {
    const auto parsed = parse_authentication_results(body);
    if (!parsed) return "error";
    std::string out = parsed->authserv_id + ":";
    for (const MethodResult& result : parsed->results) {
        out += " " + result.method + "=" + result.result;
        for (const auto& [key, value] : result.properties) out += " " + key + "=[" + value + "]";
        out += ";";
    }
    return out;
}

TEST(AuthenticationResults, Rfc8601_B_Examples) {
    EXPECT_EQ(results_in(" example.org 1; none"), "example.org:");
    EXPECT_EQ(results_in(" example.com;\r\n          spf=pass smtp.mailfrom=example.net"),
              "example.com: spf=pass smtp.mailfrom=[example.net];");
    EXPECT_EQ(results_in(" example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
                         " spf=pass smtp.mailfrom=example.net"),
              "example.com: auth=pass smtp.auth=[sender@example.net]; spf=pass smtp.mailfrom=[example.net];");
    EXPECT_EQ(results_in(" example.com;\r\n dkim=pass reason=\"good signature\"\r\n   "
                         "header.i=@mail-router.example.net;\r\n"
                         " dkim=fail reason=\"bad signature\"\r\n   header.i=@newyork.example.com"),
              "example.com: dkim=pass reason=[good signature] header.i=[@mail-router.example.net]; "
              "dkim=fail reason=[bad signature] header.i=[@newyork.example.com];");
    EXPECT_EQ(
        results_in(" foo.example.net (foobar) 1 (baz);\r\n    dkim (Because I like it) / 1 (One yay) = (wait "
                   "for it) fail\r\n"
                   "      policy (A dot can go here) . (like that) expired\r\n"
                   "      (this surprised me) = (as I wasn't expecting it) 1362471462"),
        "foo.example.net: dkim=fail policy.expired=[1362471462];");
}

TEST(AuthenticationResults, WhatRealServersWrite) {
    EXPECT_EQ(
        results_in(
            " mx.google.com;\r\n       dkim=pass header.i=@example.com header.s=s1 header.b=\"AbC/+d=\";\r\n"
            "       spf=pass (google.com: domain of a@example.com designates 192.0.2.1 as permitted sender) "
            "smtp.mailfrom=a@example.com;\r\n"
            "       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.com"),
        "mx.google.com: dkim=pass header.i=[@example.com] header.s=[s1] header.b=[AbC/+d=]; "
        "spf=pass smtp.mailfrom=[a@example.com]; dmarc=pass header.from=[example.com];");
    EXPECT_EQ(
        results_in(
            "mx.example.org; dkim=pass (2048-bit key; unprotected) header.d=x.example header.i=@x.example "
            "header.b=abc=; dkim-atps=neutral"),
        "mx.example.org: dkim=pass header.d=[x.example] header.i=[@x.example] header.b=[abc=]; "
        "dkim-atps=neutral;");
    EXPECT_EQ(
        results_in("mx.example.org; dmarc=pass action=none header.from=x.example;compauth=pass reason=100"),
        "mx.example.org: dmarc=pass action=[none] header.from=[x.example]; compauth=pass reason=[100];");
    EXPECT_EQ(results_in("mx.example.org;\n\tauth=pass smtp.auth=user smtp.mailfrom=u@d"),
              "mx.example.org: auth=pass smtp.auth=[user] smtp.mailfrom=[u@d];");
    EXPECT_EQ(
        results_in("mx.example.org; arc=none; x-tls=pass smtp.bits=256/256 x-tls.subject=\"/C=FR/CN=x;y\";"),
        "mx.example.org: arc=none; x-tls=pass smtp.bits=[256/256] x-tls.subject=[/C=FR/CN=x;y];");
    EXPECT_EQ(results_in("mx.example.org; dmarc=pass(p=REJECT) header.from=x.example"),
              "mx.example.org: dmarc=pass header.from=[x.example];");
    EXPECT_EQ(
        results_in(
            "mx.example.org; spf=none smtp.mailfrom=<> smtp.helo=h; iprev=pass policy.iprev=2001:db8::1"),
        "mx.example.org: spf=none smtp.mailfrom=[<>] smtp.helo=[h]; iprev=pass policy.iprev=[2001:db8::1];");
    EXPECT_EQ(results_in("mx.example.org; spf=none smtp.mailfrom="),
              "mx.example.org: spf=none smtp.mailfrom=[];");
    EXPECT_EQ(results_in("mx.example.org"), "mx.example.org:");
    EXPECT_EQ(results_in("\"MX.Example.org\" 1; SPF=Pass SMTP.MailFrom=A"),
              "mx.example.org: spf=pass smtp.mailfrom=[A];");
}

TEST(AuthenticationResults, CommentsNeverCount) {
    EXPECT_EQ(results_in("mx.example.org; spf=fail (; dmarc=pass header.from=x.example) smtp.mailfrom=y"),
              "mx.example.org: spf=fail smtp.mailfrom=[y];");
    EXPECT_EQ(results_in("(mx.evil;)mx.example.org(x); (dkim=pass (nested) header.d=a) none"),
              "mx.example.org:");
    EXPECT_EQ(results_in("mx.example.org; spf=fail (\\) ; dmarc=pass) smtp.mailfrom=y"),
              "mx.example.org: spf=fail smtp.mailfrom=[y];");
}

TEST(AuthenticationResults, QuotedTextNeverEndsAnything) {
    EXPECT_EQ(results_in(
                  R"(mx.example.org; spf=pass smtp.mailfrom="x; dmarc=pass (\" header.from=v"@evil.example)"),
              R"(mx.example.org: spf=pass smtp.mailfrom=[x; dmarc=pass (" header.from=v@evil.example];)");
}

TEST(AuthenticationResults, OtherVersionsAreErrors) {
    for (std::string_view body : {"mx.example.org 2; dmarc=pass", "mx.example.org 11; none",
                                  "mx.example.org 1.0; none", "mx.example.org; dmarc/2=pass"}) {
        const auto parsed = parse_authentication_results(body);
        ASSERT_FALSE(parsed) << body;
        EXPECT_EQ(parsed.error().code, errc::unsupported);
    }
}

TEST(AuthenticationResults, WhatIsNotTheGrammarFailsTheWholeField) {
    for (std::string_view body : {
             "",
             " ",
             ";",
             "; dmarc=pass",
             "dmarc=pass header.from=x",
             "mx dmarc=pass",
             "mx; dmarc",
             "mx; dmarc=",
             "mx; =pass",
             "mx; dmarc=pass header.from",
             "mx; dmarc=pass stray header.from=x",
             "mx; dmarc=pass =x",
             "mx; dmarc=pass (",
             "mx; dmarc=pass )",
             "mx; dmarc=pass header.from=\"x",
             "mx; dmarc=pass header.from=x\"y",
             "mx; dmarc=\"pass\"",
             "mx; none dmarc=pass",
             "mx; dmarc=pass,spf=pass",
             "mx 1 x; none",
             "mx; d\xe9=pass",
             "mx; dmarc=pass;x",
             "mx; dmarc=pass=x",
             "\"mx; dmarc=pass",
         }) {
        EXPECT_EQ(results_in(body), "error") << body;
    }
    for (int c = 0; c < 256; ++c) {
        if ((c >= 32 && c != 127) || c == '\t') continue;
        EXPECT_EQ(results_in(std::string("mx; dmarc=pass header.from=x") + static_cast<char>(c) + "y"),
                  "error")
            << c;
    }
}

TEST(AuthenticationResults, LimitsHold) {
    EXPECT_EQ(results_in("mx; x=pass (" + std::string(65536, 'x') + ")"), "error");
    EXPECT_EQ(results_in("mx; x=pass " + std::string(51, '(') + std::string(51, ')')), "error");
    std::string many = "mx";
    for (int i = 0; i < 501; ++i) many += ";x=y";
    EXPECT_EQ(results_in(many), "error");
}

TEST(AuthenticationResults, ContradictingPropertiesAreNone) {
    const auto parsed = parse_authentication_results("mx; a=b x.y=1 x.y=2 x.z=3 x.z=3");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->results[0].property("x.y"), std::nullopt);
    EXPECT_EQ(parsed->results[0].property("x.z"), "3");
    EXPECT_EQ(parsed->results[0].property("x.w"), std::nullopt);
}

const std::vector<std::string> trusted = {"MX.example.org", "mx2.example.org"};
const Mailbox jane_at_acme{"Jane", "Jane", "mail.acme.example"};

// Each argument is a field's body, top first.
std::string trust(const std::vector<std::string>& bodies, const Mailbox& author = jane_at_acme) {
    std::string header;
    for (const std::string& body : bodies) header += "Authentication-Results: " + body + "\r\n";
    const auto found = trust_of(scan_header(header), author, trusted);
    return found ? std::string(name_of(*found)) : "none";
}

TEST(TrustOf, DmarcPassOfTheAuthorsDomain) {
    EXPECT_EQ(trust({"mx.example.org; dmarc=pass header.from=Mail.ACME.example"}), "dmarc");
    EXPECT_EQ(trust({"mx2.EXAMPLE.org; dmarc=pass header.from=mail.acme.example"}), "dmarc");
    EXPECT_EQ(trust({"mx.example.org; dmarc=pass header.from=acme.example"}), "none");
    EXPECT_EQ(trust({"mx.example.org; dmarc=pass"}), "none");
    EXPECT_EQ(trust({"mx.example.org; dmarc=pass header.from=mail.acme.example header.from=evil.example"}),
              "none");
    EXPECT_EQ(trust({"mx.example.org; none"}), "none");
    EXPECT_EQ(trust({}), "none");
}

TEST(TrustOf, BothSpellingsOfADomainAreOne) {
    const Mailbox author{.display_name = "", .local_part = "jörg", .domain = "müller.example"};
    for (const std::string_view body :
         {"dmarc=pass header.from=xn--mller-kva.example", "dkim=pass header.d=mail.xn--mller-kva.example",
          "spf=pass smtp.mailfrom=jörg@XN--MLLER-KVA.example"})
        EXPECT_NE(trust({"mx.example.org; " + std::string(body)}, author), "none") << body;
    EXPECT_EQ(trust({"mx.example.org; dkim=pass header.d=muller.example"}, author), "none");
}

TEST(TrustOf, UntrustedServersDontCount) {
    EXPECT_EQ(trust({"mx.evil.example; dmarc=pass header.from=mail.acme.example"}), "none");
    EXPECT_EQ(trust({"mx.example.org.evil.example; dmarc=pass header.from=mail.acme.example"}), "none");
    EXPECT_EQ(
        trust({"mx.evil.example; dmarc=fail", "mx.example.org; dmarc=pass header.from=mail.acme.example"}),
        "dmarc");
    EXPECT_EQ(trust_of(scan_header("Authentication-Results: mx; dmarc=pass header.from=mail.acme.example\n"),
                       jane_at_acme, {}),
              std::nullopt);
}

TEST(TrustOf, TopmostTrustedFieldDecidesEachMethod) {
    const std::string pass = "mx.example.org; dmarc=pass header.from=mail.acme.example";
    EXPECT_EQ(trust({"mx.example.org; dmarc=fail header.from=mail.acme.example", pass}), "none");
    EXPECT_EQ(trust({pass, "mx.example.org; dmarc=fail"}), "dmarc");
    EXPECT_EQ(trust({"mx.example.org; spf=fail smtp.mailfrom=x@evil.example", pass}), "dmarc");
    EXPECT_EQ(trust({"mx.example.org; dkim=none", "mx.example.org; dkim=pass header.d=acme.example"}),
              "none");
    EXPECT_EQ(trust({"mx.example.org; spf=none", "mx.example.org; dkim=pass header.d=acme.example"}), "dkim");
    EXPECT_EQ(trust({"mx.example.org; dmarc=none", pass}), "none");
}

TEST(TrustOf, FieldThatCantBeReadDecidesNothing) {
    EXPECT_EQ(trust({"mx.example.org; dmarc=pass header.from=mail.acme.example ("}), "none");
    EXPECT_EQ(trust({"mx.example.org; dmarc=", "mx.example.org; dmarc=pass header.from=mail.acme.example"}),
              "dmarc");
}

TEST(TrustOf, DmarcThatDidntPassOutweighsTheOthers) {
    const std::string others = "; dkim=pass header.d=acme.example; spf=pass smtp.mailfrom=j@acme.example";
    for (std::string_view result : {"fail", "permerror", "quarantine", "reject", "nonsense"}) {
        EXPECT_EQ(trust({"mx.example.org; dmarc=" + std::string(result) + others}), "none") << result;
    }
    for (std::string_view result : {"none", "temperror", "pass header.from=other.example"}) {
        EXPECT_EQ(trust({"mx.example.org; dmarc=" + std::string(result) + others}), "dkim") << result;
    }
    EXPECT_EQ(trust({"mx.example.org; dmarc=pass header.from=mail.acme.example; dmarc=fail"}), "none");
}

TEST(TrustOf, AlignedDkim) {
    EXPECT_EQ(trust({"mx.example.org; dkim=pass header.d=acme.example"}), "dkim");
    EXPECT_EQ(trust({"mx.example.org; dkim=pass header.d=OTHER.acme.example"}), "dkim");
    EXPECT_EQ(trust({"mx.example.org; dkim=pass header.i=@acme.example"}), "dkim");
    EXPECT_EQ(trust({"mx.example.org; dkim=pass header.i=@acme.example header.d=evil.example"}), "none");
    EXPECT_EQ(
        trust({"mx.example.org; dkim=pass header.d=a.example header.d=b.example header.i=@acme.example"}),
        "none");
    EXPECT_EQ(trust({"mx.example.org; dkim=fail header.d=acme.example; dkim=pass header.d=acme.example"}),
              "dkim");
    EXPECT_EQ(trust({"mx.example.org; dkim=fail header.d=acme.example; dkim=pass header.d=evil.example"}),
              "none");
    EXPECT_EQ(trust({"mx.example.org; dkim=pass"}), "none");
    EXPECT_EQ(trust({"mx.example.org; dkim=pass header.d=example"}), "none");
    EXPECT_EQ(trust({"mx.example.org; dkim=pass header.d=xacme.example"}), "none");
    EXPECT_EQ(trust({"mx.example.org; dkim=pass header.d=a.co.uk"}, {"", "j", "b.co.uk"}), "none");
    EXPECT_EQ(trust({"mx.example.org; dkim=pass header.d="}, {"", "j", "b"}), "none");
}

TEST(TrustOf, AlignedSpf) {
    EXPECT_EQ(trust({"mx.example.org; spf=pass smtp.mailfrom=bounce@acme.example"}), "spf");
    EXPECT_EQ(trust({"mx.example.org; spf=pass smtp.mailfrom=acme.example"}), "spf");
    EXPECT_EQ(trust({"mx.example.org; spf=pass smtp.mailfrom=<b@x.acme.example>"}), "spf");
    EXPECT_EQ(trust({"mx.example.org; spf=softfail smtp.mailfrom=bounce@acme.example"}), "none");
    EXPECT_EQ(trust({"mx.example.org; spf=pass smtp.helo=acme.example"}), "none");
    EXPECT_EQ(trust({R"(mx.example.org; spf=pass smtp.mailfrom="a@acme.example"@evil.example)"}), "none");
}

TEST(TrustOf, AuthenticatedColleague) {
    EXPECT_EQ(trust({"mx.example.org; auth=pass smtp.auth=jane@mail.acme.example"}), "auth");
    EXPECT_EQ(trust({"mx.example.org; auth=pass (login) smtp.auth=jm smtp.mailfrom=JANE@Mail.Acme.Example"}),
              "auth");
    EXPECT_EQ(trust({"mx.example.org; auth=pass smtp.auth=jane smtp.mailfrom=paul@mail.acme.example"}),
              "none");
    EXPECT_EQ(trust({"mx.example.org; auth=fail smtp.auth=jane@mail.acme.example"}), "none");
    EXPECT_EQ(trust({"mx.example.org; auth=pass smtp.auth=jane@acme.example"}), "none");
}

TEST(TrustOf, FoldedFieldsAndOtherCase) {
    EXPECT_EQ(trust_of(scan_header("authentication-RESULTS :\n mx.example.org;\n dmarc=pass\n "
                                   "header.from=mail.acme.example\n\n"),
                       jane_at_acme, trusted),
              Trust::dmarc);
}

}  // namespace
}  // namespace decorum::message
