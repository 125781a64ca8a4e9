// The rows of the table (schema.hpp) that describe sources: [connector.NAME] and [connector.custom.NAME].
#pragma once

#include <array>

#include "config/custom_source.hpp"
#include "config/schema_row.hpp"

namespace decorum::config::table {

// clang-format off
inline constexpr auto source_settings = std::to_array<Setting>({
    row<&Connector::enabled>("enabled",
        {.derived = "true for directory, false for every other", .example = "true"},
        "Ask this source."),
    row<&Connector::file>("file", {.type = Type::file_or_folder, .default_text = R"("")"},
        "For directory: the file of people, such as \"people.toml\"; people.example.toml shows its form. Or a "
        "vCard file (.vcf), a JSON Resume (.json), or a folder of such files. Empty: nobody. It is read again "
        "when it changes."),
    row<&Connector::base_url>("base_url", {.default_text = R"("")", .check = check_base_url},
        "For the others: where the source is; for ldap, ldap://HOST, ldaps://HOST or ldapi://%2FPATH. Empty: "
        "its public place."),
    row<&Connector::token_file>("token_file", {.type = Type::secret_file, .default_text = R"("")"},
        "For the others: a file with the access token; for ldap, the password of bind_dn."),
    row<&Connector::rate>("rate", {.default_text = R"("")", .check = check_rate, .reloadable = at_hangup},
        "Requests we allow ourselves, such as \"100/h\"; s, min, h or d. Empty: what the source is known to "
        "grant. What it says in its answers holds besides."),
    row<&Connector::spend_cap>("spend_cap",
        {.derived = "100 for x, 0 for every other", .example = "100", .maximum = 100'000'000,
         .reloadable = at_hangup},
        "For sources that are paid for: US cents a day (UTC), at most, restarts or not. 0: no limit."),
    row<&Connector::ttl>("ttl", {.default_text = R"("0s")", .maximum = 365 * day},
        "How long its answers hold. 0: cache.positive and cache.activities."),
    row<&Connector::timeout>("timeout", {.default_text = R"("10s")", .minimum = 10, .maximum = 5 * minute},
        "For one request; mail does not wait for it (annotate.deadline)."),
    row<&Connector::tier>("tier", {.default_text = R"("")", .check = check_tier},
        "How far it is believed to know whom an address belongs to: \"S\", \"A\", \"B\" or \"C\". Empty: "
        "what the source deserves by itself."),
    row<&Connector::domains>("domains", {.default_text = "[]", .check = check_mail_domain},
        "For sources on the sender's own domain (webfinger, profile_page, libravatar, or any whose server stands on "
        "it): the domains that may be asked. They learn that mail arrived, so there are none at first."),
    row<&Connector::known>("known", {.default_text = R"("")", .check = check_short_text},
        "An address or account that it has: what decorum probe asks for."),
    row<&Connector::unknown>("unknown", {.default_text = R"("")", .check = check_short_text},
        "One that it has not."),
    row<&Connector::tls>("tls", {.default_text = R"("none")"},
        "For ldap: \"starttls\" (\"implicit\" is ldaps:// in base_url)."),
    row<&Connector::ca_file>("ca_file", {.type = Type::file, .default_text = R"("")"},
        "For ldap: PEM file with the authorities to believe. Empty: the system's."),
    row<&Connector::base_dn>("base_dn", {.default_text = R"("")"},
        "For ldap: where to search, such as \"ou=people,dc=example,dc=org\"."),
    row<&Connector::bind_dn>("bind_dn", {.default_text = R"("")"},
        "For ldap: whom to bind as. Empty: nobody (anonymous)."),
    row<&Connector::filter>("filter", {.default_text = R"x("(mail={address})")x", .check = check_ldap_filter},
        "For ldap: the search, which must find one person; {address} stands for the address, escaped. For Active "
        "Directory \"(|(mail={address})(proxyAddresses=smtp:{address}))\"."),
    row<&Connector::app_id>("app_id", {.default_text = R"("")", .check = check_short_text},
        "For facebook and orcid: the id of our application there; its secret stands in token_file. For facebook "
        "without it, token_file holds an access token as it is, and decorum link can't use it."),
    row<&Connector::redirect_uri>("redirect_uri", {.default_text = R"("")", .check = check_base_url},
        "For facebook: where the app sends people who signed in; they bring its address back."),
    row<&Connector::actor_id>("actor_id", {.default_text = R"("")", .check = check_web_url},
        "For webfinger: the ActivityPub actor that requests are signed as where a server answers nobody else, such as "
        "\"https://mx.example.org/decorum/actor\". Publish activitypub-actor.json of state_dir there. Empty: nothing is "
        "signed."),
    row<&Connector::key_id>("key_id", {.default_text = R"("")", .check = check_web_url},
        "For webfinger: the id of that actor's key. Empty: actor_id with \"#main-key\"."),
    row<&Connector::personal_domains>("personal_domains", {.default_text = "[]", .check = check_mail_domain},
        "For bluesky: mail domains of one person each. A Bluesky handle equal to such a domain is that person's; the "
        "domain's name server and web server are asked for it, and learn that mail arrived."),
    row<&Connector::plc_url>("plc_url", {.default_text = R"("https://plc.directory")", .check = check_base_url},
        "For bluesky: the directory of did:plc documents."),

    row<&Connector::user_price>("user_price", {.default_text = "10000", .maximum = 1'000'000'000},
        "For x: what reading one account costs, in millionths of a US dollar. What was read once costs nothing "
        "more on the same day (UTC)."),
    row<&Connector::post_price>("post_price", {.default_text = "5000", .maximum = 1'000'000'000},
        "The same for one post."),

    row<&CustomSource::enabled>("enabled", {.default_text = "false"},
        "Ask this source."),
    row<&CustomSource::url>("url",
        {.example = R"("https://people.example.org/api/persons?mail={address}")", .check = check_url_template},
        "What is asked, by GET, for JSON. {address}, {local}, {domain} and {sha256} (of the address, in hex) "
        "stand for the sender, each escaped; or {handle} for an account that a person is linked to. Not in the "
        "host: no sender chooses whom we ask."),
    row<&CustomSource::accounts>("accounts",
        {.default_text = R"("")", .check = check_account_template},
        "Where url has {handle}: the address of an account there, such as "
        "\"https://network.example/people/{handle}\". Links to such accounts are looked up here."),
    row<&CustomSource::token_file>("token_file", {.type = Type::secret_file, .default_text = R"("")"},
        "A file with the access token, sent as Authorization: Bearer."),
    row<&CustomSource::rate>("rate",
        {.default_text = R"("60/h")", .check = check_rate, .reloadable = at_hangup},
        "Requests we allow ourselves, such as \"100/h\"; s, min, h or d."),
    row<&CustomSource::ttl>("ttl", {.default_text = R"("0s")", .maximum = 365 * day},
        "How long its answers hold. 0: cache.positive, or cache.activities where it gives posts."),
    row<&CustomSource::timeout>("timeout", {.default_text = R"("10s")", .minimum = 10, .maximum = 5 * minute},
        "For one request; mail does not wait for it (annotate.deadline)."),
    row<&CustomSource::tier>("tier", {.default_text = R"("A")", .check = check_tier},
        "How far it is believed: \"A\", \"B\" or \"C\". Never \"S\": a web server's word is a claim, "
        "facts come from the directory, LDAP and the registry."),
    row<&CustomSource::domains>("domains", {.default_text = "[]", .check = check_mail_domain},
        "Domains of senders that may be asked although the server is their own: they learn that mail arrived. "
        "Needed only where the host of url stands on one; outbound.domains need not be listed."),
    row<&CustomSource::known>("known", {.default_text = R"("")", .check = check_short_text},
        "An address or account that it has: what decorum probe asks for."),
    row<&CustomSource::unknown>("unknown", {.default_text = R"("")", .check = check_short_text},
        "One that it has not."),
    row<&CustomSource::address>("address", {.default_text = R"("")", .check = check_json_pointer},
        "Where the answer names the address itself, or a list of addresses: a JSON pointer (RFC 6901) such as "
        "\"/results/0/mail\". It must be the one that was asked for, else nobody was found; what proves that "
        "the answer is about the sender."),
    row<&CustomSource::id>("id", {.default_text = R"("")", .check = check_json_pointer},
        "Where url asks by {handle}: what the account is called for ever, such as a number. It is kept when a "
        "declared account is confirmed: whoever has its name later is somebody else, and is not shown."),
    row<&CustomSource::display_name>("display_name", {.default_text = R"("")", .check = check_json_pointer},
        "JSON pointers to the fields of the profile. Empty: it has none."),
    row<&CustomSource::headline>("headline", {.default_text = R"("")", .check = check_json_pointer},
        "The same: what the person does."),
    row<&CustomSource::organisation>("organisation", {.default_text = R"("")", .check = check_json_pointer},
        "The same: where."),
    row<&CustomSource::location>("location", {.default_text = R"("")", .check = check_json_pointer},
        "The same: the place."),
    row<&CustomSource::summary>("summary", {.default_text = R"("")", .check = check_json_pointer},
        "The same: a few sentences."),
    row<&CustomSource::photo>("photo", {.default_text = R"("")", .check = check_json_pointer},
        "The same: the https URL of a picture."),
    row<&CustomSource::links>("links", {.default_text = R"("")", .check = check_json_pointer},
        "The same: a list of links; they count as one-way ones (tier C)."),
    row<&CustomSource::link_url>("link_url", {.default_text = R"("")", .check = check_json_pointer},
        "The URL, seen from one entry of links. Empty: the entry itself."),
    row<&CustomSource::activities>("activities", {.default_text = R"("")", .check = check_json_pointer},
        "A list of posts."),
    row<&CustomSource::activity_text>("activity_text", {.default_text = R"("")", .check = check_json_pointer},
        "The text, seen from one entry of activities."),
    row<&CustomSource::activity_time>("activity_time", {.default_text = R"("")", .check = check_json_pointer},
        "Its time: RFC 3339, a date, or seconds since 1970."),
    row<&CustomSource::activity_url>("activity_url", {.default_text = R"("")", .check = check_json_pointer},
        "Its https URL."),
    row<&CustomSource::positions>("positions", {.default_text = R"("")", .check = check_json_pointer},
        "A list of positions: the career."),
    row<&CustomSource::position_title>("position_title", {.default_text = R"("")", .check = check_json_pointer},
        "The title, seen from one entry of positions."),
    row<&CustomSource::position_organisation>("position_organisation",
        {.default_text = R"("")", .check = check_json_pointer},
        "Its organisation."),
    row<&CustomSource::position_start>("position_start", {.default_text = R"("")", .check = check_json_pointer},
        "Its beginning: a year, or a date that begins with one."),
    row<&CustomSource::position_end>("position_end", {.default_text = R"("")", .check = check_json_pointer},
        "Its end. Empty: still held."),
});
// clang-format on

}  // namespace decorum::config::table
