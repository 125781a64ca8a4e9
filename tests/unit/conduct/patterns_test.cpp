// Credentials: real forms are found where they stand, placeholders and talk about passwords are not.
#include "gateway/conduct/patterns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace decorum::conduct {
namespace {

// Put together, so that no scanner takes this file for a leak.
std::string joined(std::string_view prefix, std::string_view rest) {
    return std::string(prefix).append(rest);
}

struct Leak {
    std::string text;
    std::string kind;
    std::string excerpt;
};

class Leaked : public testing::TestWithParam<Leak> {};

TEST_P(Leaked, IsFoundWhereItStands) {
    const Leak& leak = GetParam();
    const auto found = find_credentials(leak.text);
    ASSERT_EQ(found.size(), 1u) << leak.text;
    EXPECT_EQ(found[0].kind, leak.kind);
    EXPECT_EQ(leak.text.substr(found[0].from, found[0].to - found[0].from), leak.excerpt);
}

const std::string aws = joined("AKIA", "Q3EGRT7WLB2ZXJ4N");
const std::string github = joined("ghp_", "a8Kd02LmPq93ZtXw71VbN4cRs6YhUe5GfJo0");

INSTANTIATE_TEST_SUITE_P(
    Forms, Leaked,
    testing::Values(
        Leak{"key " + aws + ", oops", "aws-key", aws}, Leak{"export T=" + github, "github-token", github},
        Leak{"-----BEGIN RSA PRIVATE KEY-----\nMIIE", "private-key", "-----BEGIN RSA PRIVATE KEY-----"},
        Leak{"db at postgres://app:s3cr3tpw9@db.example.org/x", "url-password", "postgres://app:s3cr3tpw9@"},
        Leak{"The wifi password is Tulip-4711!", "password", "password is Tulip-4711!"},
        Leak{"Password for the staging server is hK8_ww12.", "password",
             "Password for the staging server is hK8_ww12"},
        Leak{"Le mot de passe : Soleil2024!", "password", "mot de passe : Soleil2024!"},
        Leak{"Das Passwort lautet Berg77haus", "password", "Passwort lautet Berg77haus"},
        Leak{"la contraseña es Girasol88", "password", "contraseña es Girasol88"},
        Leak{"api_key=9f8e7d6c5b4a", "password", "api_key=9f8e7d6c5b4a"},
        Leak{"le mdp c'est Cigale_88 les gars", "password", "mdp c'est Cigale_88"},
        Leak{"The door code of the depot is 4471B, if anybody forgets it again", "access-code",
             "code of the depot is 4471B"},
        Leak{"Alarm code: 80802#", "access-code", "code: 80802#"},
        Leak{"Le code de l’entrepôt c’est 2806A, arrêtez de m'appeler", "access-code",
             "code de l’entrepôt c’est 2806A"},
        Leak{"Building code: 4471#", "access-code", "code: 4471#"},
        Leak{"The door code is 1987.", "access-code", "code is 1987"},
        Leak{"the wifi password is 7Charlie9!", "password", "password is 7Charlie9!"},
        Leak{"Mot de passe : 99Mother!", "password", "Mot de passe : 99Mother!"},
        Leak{"Digicode : 7319.", "access-code", "Digicode : 7319"},
        Leak{"Der Code für die Tür ist 5092", "access-code", "Code für die Tür ist 5092"},
        Leak{"El código de la puerta es 6630!", "access-code", "código de la puerta es 6630"}));

const std::string random40 = "a8Kd02LmPq93ZtXw71VbN4cRs6YhUe5GfJo0qT3v";

INSTANTIATE_TEST_SUITE_P(
    Providers, Leaked,
    testing::Values(
        Leak{"t " + joined("ghu_", random40), "github-token", joined("ghu_", random40)},
        Leak{joined("ghr_", random40), "github-token", joined("ghr_", random40)},
        Leak{joined("xapp-1-", random40), "slack-token", joined("xapp-1-", random40)},
        Leak{"https://" + joined("hooks.slack.com/services/", "T02AB3CDE/B04FG5HIJ/" + random40),
             "slack-webhook", joined("hooks.slack.com/services/", "T02AB3CDE/B04FG5HIJ/" + random40)},
        Leak{"https://" + joined("discord.com/api/webhooks/", "914203847561029384/" + random40 + random40),
             "discord-webhook",
             joined("discord.com/api/webhooks/", "914203847561029384/" + random40 + random40)},
        Leak{joined("sk-ant-", "api03-" + random40), "anthropic-key", joined("sk-ant-", "api03-" + random40)},
        Leak{joined("hf_", random40) + ".", "hugging-face-token", joined("hf_", random40)},
        Leak{joined("SG.", "q7Wb2nXk9LpZ4vRt8YcD1e." + random40 + "x5z"), "sendgrid-key",
             joined("SG.", "q7Wb2nXk9LpZ4vRt8YcD1e." + random40 + "x5z")},
        Leak{joined("dop_v1_", random40 + random40), "digitalocean-token",
             joined("dop_v1_", random40 + random40)},
        Leak{joined("pypi-", "AgEI" + random40 + random40), "pypi-token",
             joined("pypi-", "AgEI" + random40 + random40)},
        Leak{joined("shpat_", random40), "shopify-token", joined("shpat_", random40)},
        Leak{joined("dckr_pat_", random40), "docker-token", joined("dckr_pat_", random40)},
        Leak{joined("712345678:", "AA" + random40.substr(0, 33)), "telegram-token",
             joined("712345678:", "AA" + random40.substr(0, 33))},
        Leak{"AccountName=x;" + joined("AccountKey=", random40 + random40 + "q/+w12=="), "azure-key",
             joined("AccountKey=", random40 + random40 + "q/+w12==")},
        Leak{"curl -H 'Authorization: Bearer " + random40 + "'", "bearer-token",
             "Authorization: Bearer " + random40},
        Leak{"-----BEGIN PGP PRIVATE KEY BLOCK-----", "private-key",
             "-----BEGIN PGP PRIVATE KEY BLOCK-----"}));

INSTANTIATE_TEST_SUITE_P(Words, Leaked,
                         testing::Values(Leak{"aws_secret_access_key=" + random40, "password",
                                              "aws_secret_access_key=" + random40},
                                         Leak{"AWS_SECRET_ACCESS_KEY = " + random40, "password",
                                              "AWS_SECRET_ACCESS_KEY = " + random40},
                                         Leak{"client_secret: q7Wb2nXk9Lp", "password",
                                              "client_secret: q7Wb2nXk9Lp"},
                                         Leak{"X-Api-Key: q7Wb2nXk9Lp", "password", "Api-Key: q7Wb2nXk9Lp"},
                                         Leak{"PGPASSWORD=s3cr3t99", "password", "PGPASSWORD=s3cr3t99"},
                                         Leak{"PW: Berg77haus", "password", "PW: Berg77haus"},
                                         Leak{"La clave: Girasol88", "password", "clave: Girasol88"},
                                         Leak{"CLAVE: Girasol88", "password", "CLAVE: Girasol88"},
                                         Leak{"CONTRASEÑA: Girasol88", "password", "CONTRASEÑA: Girasol88"}));

class NoLeak : public testing::TestWithParam<std::string> {};

TEST_P(NoLeak, HasNoCredential) {
    EXPECT_THAT(find_credentials(GetParam()), testing::IsEmpty()) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Forms, NoLeak,
                         testing::Values("My password is too short", "password: ********",
                                         "password = <your password>", "Le mot de passe est obligatoire",
                                         "The password is important: 2 factors are better",
                                         "Passwort: vergessen?", "AKIA is a prefix, AKIAEXAMPLEEXAMPLEEX too",
                                         "sk_live_ is how they begin", "https://example.org:8080/a@b",
                                         "http://user:xxxx@example.org", "ghp_short", "12345678",
                                         "The API key: how to rotate it in 2024", "Ratio 3:1 = 3",
                                         "The code of the gate is 1200 lines long",
                                         "Zip code of the building: 69001", "Code postal du local : 69100",
                                         "The country code for our local office is 0033.",
                                         "To be safe, the project code is 20417.", "The door code is 1234",
                                         "The door code is secret", "Error code 4040 at the door: fixed",
                                         "Discount code is SAVE2026", "Our code is a safe 4000!",
                                         "The barcode of the garage is 73190#", ""));

INSTANTIATE_TEST_SUITE_P(
    Talk, NoLeak,
    testing::Values(
        "My favourite password manager is 1Password", "The best password manager is KeePass2",
        "Mon gestionnaire de mot de passe est 1Password", "Mot de passe : le gestionnaire est KeePass2",
        "Passwort-Manager-Empfehlung ist KeePass2", "The most common password is password1",
        "Password entropy is log2(N^L)", "API key rotation is v2.1-ready", "The API key endpoint is /v1/keys",
        "access token is OAuth2.0", "access token = OAuth2", "Password = 12+chars, MFA on",
        "The passphrase is 7words_long", "Mot de passe: 12_caractères_minimum", "Le mot de passe : 8_lettres",
        "password: https://1password.com", "Password managers: https://bitwarden.com/blog/2024",
        "pwd = /usr/local/bin2", "postgres://user:password@localhost", "mysql://root:root@127.0.0.1",
        "https://user:pass@example.com/ is the syntax", "http://localhost:8080@", "Building code: 2024!",
        "Palabras clave: Empleo2024, formación", "La clave del éxito es 100%constancia", "PW 2024: ein Golf",
        "DB_PASSWORD=changeme123", "API_KEY=${TOKEN}", "client_secret: [REDACTED]",
        "X-Api-Key: your-api-key-1", "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "Authorization: Bearer YOUR_TOKEN", "Authorization: Bearer authentication-explained",
        "hf_hub_download v2", "pypi-publish-action v1", "12345678:AArdvark",
        "550e8400-e29b-41d4-a716-446655440000", "-----BEGIN PGP PUBLIC KEY BLOCK-----",
        "Code du bâtiment : 2020.", "Passwort: 12_Zeichen", "Contraseña: 8_caracteres"));

TEST(Credentials, AreSearchedInLinearTime) {
    std::string text;
    while (text.size() < (std::size_t{1} << 20)) text += "password:eyJ-AKIA://a: door code:";
    EXPECT_TRUE(find_credentials(text).size() < text.size());
}

TEST(Credentials, SurviveAnyOctets) {
    std::string text;
    for (int i = 0; i < 256; ++i) text.push_back(static_cast<char>(i));
    text += "password: " + text;
    for (const Credential& found : find_credentials(text)) {
        EXPECT_LT(found.from, found.to);
        EXPECT_LE(found.to, text.size());
    }
}

}  // namespace
}  // namespace decorum::conduct
