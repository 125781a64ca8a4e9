#include "gateway/conduct/patterns.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include "gateway/base/ascii.hpp"

namespace decorum::conduct {
namespace {

constexpr ascii::OctetSet upper_alnum = ascii::OctetSet("").add_range('A', 'Z').add_range('0', '9');
constexpr ascii::OctetSet alnum_and(const char* signs) {
    return ascii::OctetSet(signs).add_range('A', 'Z').add_range('a', 'z').add_range('0', '9');
}
constexpr auto alnum = alnum_and("");
constexpr auto token = alnum_and("-_");
constexpr auto base64 = alnum_and("+/=");
constexpr auto dotted = alnum_and("-_.");
constexpr auto path = alnum_and("-_/");
constexpr auto bearer = alnum_and("-._~+/=");  // b64token  RFC 6750 §2.1

constexpr std::size_t max_form_octets = 1024;
constexpr std::size_t max_word_octets = 160;

struct Form {
    std::string_view kind;
    std::string_view prefix;
    const ascii::OctetSet& alphabet;
    std::size_t least;  // octets after the prefix
};
constexpr auto forms = std::to_array<Form>({
    {"aws-key", "AKIA", upper_alnum, 16},
    {"aws-key", "ASIA", upper_alnum, 16},
    {"github-token", "ghp_", alnum, 36},
    {"github-token", "gho_", alnum, 36},
    {"github-token", "ghs_", alnum, 36},
    {"github-token", "ghu_", alnum, 36},
    {"github-token", "ghr_", alnum, 36},
    {"github-token", "github_pat_", token, 40},
    {"gitlab-token", "glpat-", token, 20},
    {"slack-token", "xoxb-", token, 20},
    {"slack-token", "xoxp-", token, 20},
    {"slack-token", "xapp-", token, 20},
    {"slack-webhook", "hooks.slack.com/services/T", path, 30},
    {"discord-webhook", "discord.com/api/webhooks/", path, 60},
    {"discord-webhook", "discordapp.com/api/webhooks/", path, 60},
    {"google-key", "AIza", token, 35},
    {"stripe-key", "sk_live_", alnum, 20},
    {"stripe-key", "rk_live_", alnum, 20},
    {"npm-token", "npm_", alnum, 36},
    {"openai-key", "sk-proj-", token, 32},
    {"anthropic-key", "sk-ant-", token, 32},
    {"hugging-face-token", "hf_", alnum, 34},
    {"sendgrid-key", "SG.", dotted, 60},
    {"digitalocean-token", "dop_v1_", alnum, 64},
    {"pypi-token", "pypi-", token, 60},
    {"shopify-token", "shpat_", alnum, 32},
    {"docker-token", "dckr_pat_", token, 20},
    {"azure-key", "AccountKey=", base64, 80},
    {"bearer-token", "Authorization: Bearer ", bearer, 16},
    {"bearer-token", "authorization: bearer ", bearer, 16},
    {"json-web-token", "eyJ", token, 16},
});

constexpr auto password_words = std::to_array<std::string_view>({
    "password",
    "passwd",
    "passphrase",
    "mot de passe",
    "mdp",
    "passwort",
    "kennwort",
    "contraseña",
    "contraseÑa",  // of CONTRASEÑA: only ASCII is put in lower case
    "contrasena",
    "api key",
    "api_key",
    "apikey",
    "api-key",
    "secret key",
    "secret_key",
    "access token",
    "access_token",
    "auth token",
    "pwd",
    "pgpassword",
    "aws_secret_access_key",
    "secret_access_key",
    "client_secret",
    "pw",
    "clave",
});
// Ordinary words or nearly, unless ":" or "=" is the next thing.
constexpr auto assigned_words = std::to_array<std::string_view>({"pw", "clave"});
// After a noun it is an adjective: "palabras clave: …".
constexpr auto before_clave =
    std::to_array<std::string_view>({"la", "mi", "tu", "su", "nueva", "nuestra", "y"});
// Between the word and the password itself.
constexpr auto joints =
    std::to_array<std::string_view>({"is now", "is", "est maintenant", "est", "c'est", "c’est", "ist jetzt",
                                     "ist", "lautet", "es", "=", ":", "->"});

// Who speaks of passwords rather than telling one.
constexpr auto talk_of_passwords = std::to_array<std::string_view>({
    "manager",    "managers",     "policy",        "policies",  "entropy",  "rotation",
    "endpoint",   "hashing",      "length",        "strength",  "tip",      "tips",
    "generator",  "gestionnaire", "gestionnaires", "politique", "entropie", "longueur",
    "richtlinie", "länge",        "gestor",        "longitud",
});
// What is no secret after a number: "12+ chars". Whole words, as "7Charlie9!" may be one.
constexpr auto units = std::to_array<std::string_view>({
    "char",    "chars",    "character", "characters", "word",       "words",     "symbol",
    "symbols", "lettre",   "lettres",   "caractère",  "caractères", "caractere", "mot",
    "mots",    "zeichen",  "wort",      "wörter",     "buchstaben", "letra",     "letras",
    "palabra", "palabras", "carácter",  "caracter",   "caracteres",
});
// Known to everybody.
constexpr auto known_to_all = std::to_array<std::string_view>(
    {"1password", "keepass2", "p@ssw0rd", "passw0rd", "password1", "password123", "oauth2", "oauth2.0"});

constexpr auto code_words = std::to_array<std::string_view>({"code", "digicode", "código"});
// What a code opens; beside the word.
constexpr auto places = std::to_array<std::string_view>({
    "access", "alarm",    "building", "depot",    "door",   "entrance", "entry",   "garage",   "gate",
    "keypad", "locker",   "padlock",  "safe",     "vault",  "accès",    "alarme",  "bâtiment", "cadenas",
    "coffre", "digicode", "dépôt",    "entrepôt", "entrée", "immeuble", "portail", "porte",    "eingang",
    "tor",    "tresor",   "tür",      "zugang",   "acceso", "alarma",   "entrada", "puerta",
});
// Of these there is a code in law, too: "Building code: 2024".
constexpr auto built_places = std::to_array<std::string_view>({"building", "bâtiment"});
// Those of other codes.
constexpr auto no_places = std::to_array<std::string_view>(
    {"area", "cost", "country", "dialling", "discount", "error", "exit", "item", "order", "post", "postal",
     "product", "project", "promo", "source", "status", "zip"});

// What they begin with.
template <class List, class WordOf = std::identity>
constexpr ascii::OctetSet begins_of(const List& list, WordOf word_of = {}) {
    ascii::OctetSet out("");
    for (const auto& one : list) {
        const auto begin = static_cast<unsigned char>(std::invoke(word_of, one).front());
        out.add_range(begin, begin);
    }
    return out;
}
constexpr ascii::OctetSet form_begins = begins_of(forms, &Form::prefix);
constexpr ascii::OctetSet password_begins = begins_of(password_words);
constexpr ascii::OctetSet code_begins = begins_of(code_words);

// Most words of a text have the first letter of none but these, so nothing else is looked at.
bool begins_with(std::string_view text, std::string_view word) {
    return text.front() == word.front() && text.starts_with(word);
}

bool is_letter(char c) {
    return ascii::is_alpha(c) || static_cast<unsigned char>(c) >= 0x80;
}

// Whether one of the words stands in `text`, not as a part of another one.
bool holds_one_of(std::string_view text, std::span<const std::string_view> words) {
    return std::ranges::any_of(words, [text](std::string_view word) {
        for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
            const std::string_view before = text.substr(0, at);
            const std::string_view after = text.substr(at + word.size());
            if ((before.empty() || !is_letter(before.back()) || before.ends_with("’")) &&
                (after.empty() || !is_letter(after.front())))
                return true;
        }
        return false;
    });
}

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text), lower_(ascii::lower(text)) {}

    std::vector<Credential> run() {
        for (at_ = 0; at_ < text_.size();) {
            const std::size_t from = at_;
            const char c = text_[at_];
            if (c == '-')
                try_pem();
            else if (c == ':')
                try_url();
            else if (at_word_begin())
                try_word();
            if (at_ == from) ++at_;
        }
        return std::move(found_);
    }

private:
    bool at_word_begin() const { return at_ == 0 || !alnum.contains(text_[at_ - 1]); }

    void try_word() {
        const char small = lower_[at_];
        if (form_begins.contains(text_[at_]) && try_forms()) return;
        if (password_begins.contains(small) && try_password()) return;
        if (code_begins.contains(small)) try_access_code();
        if (ascii::is_digit(small)) try_bot_token();
    }

    bool try_forms() {
        for (const Form& form : forms) {
            if (!begins_with(text_.substr(at_), form.prefix)) continue;
            std::size_t end = at_ + form.prefix.size();
            end = skip(end, form.alphabet);
            if (form.kind == "bearer-token")
                while (text_[end - 1] == '.') --end;
            if (end - at_ - form.prefix.size() < form.least) continue;
            if (form.kind == "json-web-token" && !is_web_token(end)) continue;
            const std::string_view body =
                text_.substr(at_ + form.prefix.size(), end - at_ - form.prefix.size());
            if (is_placeholder(body) || std::ranges::none_of(body, ascii::is_digit)) continue;
            return take(form.kind, at_, end), true;
        }
        return false;
    }

    // Past the octets of the set, of which there are at most max_form_octets: time stays linear.
    std::size_t skip(std::size_t at, const ascii::OctetSet& set) const {
        const std::size_t limit = std::min(text_.size(), at + max_form_octets);
        while (at < limit && set.contains(text_[at])) ++at;
        return at;
    }

    // header "." payload "." signature  RFC 7519 §3
    bool is_web_token(std::size_t& end) const {
        for (int part = 0; part < 2; ++part) {
            if (end >= text_.size() || text_[end] != '.') return false;
            const std::size_t begin = ++end;
            end = skip(end, token);
            if (end - begin < 8) return false;
        }
        return true;
    }

    // A bot's number ":" its secret, as Telegram gives them.
    void try_bot_token() {
        constexpr std::size_t most_digits = 10;
        constexpr std::size_t secret_octets = 35;
        std::size_t end = at_;
        while (end < text_.size() && end - at_ <= most_digits && ascii::is_digit(text_[end])) ++end;
        if (end - at_ < 8 || end - at_ > most_digits || !text_.substr(end).starts_with(":AA")) return;
        const std::size_t last = skip(end + 1, token);
        if (last - end - 1 == secret_octets) take("telegram-token", at_, last);
    }

    // RFC 7468 §3, RFC 9580 §6.2
    void try_pem() {
        constexpr std::string_view begin = "-----BEGIN ";
        if (!text_.substr(at_).starts_with(begin)) return;
        const std::string_view label = text_.substr(at_ + begin.size(), 40);
        for (const std::string_view end : {"PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"})
            if (const std::size_t key = label.find(end); key != std::string_view::npos)
                return take("private-key", at_, at_ + begin.size() + key + end.size());
    }

    // scheme "://" user ":" password "@"  RFC 3986 §3.2.1
    void try_url() {
        if (!text_.substr(at_).starts_with("://")) return;
        std::size_t end = at_ + 3;
        std::size_t colon = 0;
        constexpr std::size_t max_octets = 256;
        for (; end < text_.size() && end - at_ < max_octets; ++end) {
            const char c = text_[end];
            if (c == '@' || c == '/' || ascii::is_wsp(c) || c == '\n') break;
            if (c == ':' && colon == 0) colon = end;
        }
        if (end >= text_.size() || text_[end] != '@' || colon == 0) return;
        const std::string_view secret = text_.substr(colon + 1, end - colon - 1);
        const std::string_view user = text_.substr(at_ + 3, colon - at_ - 3);
        if (secret.empty() || is_placeholder(secret) || is_sample(user, secret, lower_.substr(end + 1, 16)))
            return;
        std::size_t from = at_;
        while (from > 0 && alnum.contains(text_[from - 1]) && at_ - from < 16) --from;
        take("url-password", from, end + 1);
    }

    bool try_password() {
        const std::string_view here = std::string_view(lower_).substr(at_);
        for (const std::string_view word : password_words) {
            if (!begins_with(here, word)) continue;
            std::size_t end = at_ + word.size();
            if (end < text_.size() && alnum.contains(text_[end])) continue;
            const std::size_t after_word = end;
            if (std::ranges::find(assigned_words, word) != assigned_words.end() && !is_assigned(end))
                continue;
            end = skip_qualifier(end);
            if (holds_one_of(here.substr(word.size(), end - after_word), talk_of_passwords)) continue;
            if (!skip_joint(end)) continue;
            const std::string_view secret = bare(word_at(end));
            if (looks_secret(secret)) return take("password", at_, end_of(secret)), true;
        }
        return false;
    }

    // Whether ":" or "=" comes next, and no noun before.
    bool is_assigned(std::size_t end) const {
        skip_blanks(end);
        if (end >= text_.size() || (text_[end] != ':' && text_[end] != '=')) return false;
        const std::string_view word = ascii::trim(words_around(at_, at_));
        return word.empty() || std::ranges::find(before_clave, word) != before_clave.end();
    }

    // "the code of the depot's door is 4471B"
    void try_access_code() {
        const std::string_view here = std::string_view(lower_).substr(at_);
        for (const std::string_view word : code_words) {
            if (!begins_with(here, word)) continue;
            std::size_t end = at_ + word.size();
            if (end < text_.size() && alnum.contains(text_[end])) continue;
            end = skip_qualifier(end);
            const std::string_view words = words_around(at_, end);
            if (!skip_joint(end) || !holds_one_of(words, places) || holds_one_of(words, no_places)) continue;
            std::string_view code = bare(word_at(end));
            while (code.ends_with('!')) code.remove_suffix(1);
            if (is_year(code) && holds_one_of(words, built_places)) continue;
            if (looks_access_code(code, text_.substr(end_of(code))))
                return take("access-code", at_, end_of(code));
        }
    }

    // Those from `from` to `to`, and the one before them.
    std::string_view words_around(std::size_t from, std::size_t to) const {
        constexpr std::size_t max_before = 24;
        std::size_t begin = from;
        const std::size_t first = from - std::min(from, max_before);
        while (begin > first && ascii::is_wsp(text_[begin - 1])) --begin;
        while (begin > first && (is_letter(text_[begin - 1]) || text_[begin - 1] == '\'')) --begin;
        return std::string_view(lower_).substr(begin, to - begin);
    }

    // What stands there, up to white space.
    std::string_view word_at(std::size_t from) const {
        const std::size_t limit = std::min(text_.size(), from + max_word_octets);
        std::size_t end = from;
        while (end < limit && !ascii::is_wsp(text_[end]) && text_[end] != '\n' && text_[end] != '\r') ++end;
        return text_.substr(from, end - from);
    }
    std::size_t end_of(std::string_view part) const {
        return static_cast<std::size_t>(part.data() - text_.data()) + part.size();
    }

    void skip_blanks(std::size_t& at) const {
        while (at < text_.size() && ascii::is_wsp(text_[at])) ++at;
    }

    // "the password for the staging server is …": up to six words, in the same sentence.
    std::size_t skip_qualifier(std::size_t at) const {
        constexpr std::size_t max_octets = 48;
        const std::size_t limit = std::min(text_.size(), at + max_octets);
        for (std::size_t end = at; end < limit; ++end) {
            if (text_[end] == '.' || text_[end] == '\n' || text_[end] == ',' || text_[end] == '?') return at;
            if (std::size_t probe = end; ascii::is_wsp(text_[end]) && skip_joint(probe)) return end;
            if (text_[end] == ':' || text_[end] == '=') return end;
        }
        return at;
    }

    bool skip_joint(std::size_t& at) const {
        std::size_t end = at;
        skip_blanks(end);
        const std::string_view here = std::string_view(lower_).substr(end);
        for (const std::string_view joint : joints) {
            if (!here.starts_with(joint)) continue;
            const bool word = ascii::is_alpha(joint.front());
            const std::size_t after = end + joint.size();
            if (word && after < text_.size() && !ascii::is_wsp(text_[after]) && text_[after] != ':') continue;
            at = after;
            if (at < text_.size() && text_[at] == ':') ++at;
            skip_blanks(at);
            return at < text_.size();
        }
        return false;
    }

    // Without quotation marks and the full stop of the sentence.
    static std::string_view bare(std::string_view word) {
        constexpr std::string_view around = "\"'`()[]";
        while (!word.empty() && around.contains(word.front())) word.remove_prefix(1);
        constexpr std::string_view after = "\"'`()[].,;";
        while (!word.empty() && after.contains(word.back())) word.remove_suffix(1);
        return word;
    }

    // Four digits and more, with a letter or a key of the keypad. Digits alone must end what is said: "the
    // code of the gate is 1200 lines long".
    static bool looks_access_code(std::string_view code, std::string_view rest) {
        constexpr std::size_t least_digits = 4;
        constexpr std::size_t most = 10;
        if (code.empty() || code.size() > most || is_placeholder(code) ||
            std::string_view("1234567890").starts_with(code))
            return false;
        const auto digits = static_cast<std::size_t>(std::ranges::count_if(code, ascii::is_digit));
        const auto others = std::ranges::count_if(
            code, [](char c) { return ('A' <= c && c <= 'Z') || c == '#' || c == '*'; });
        if (digits < least_digits || digits + static_cast<std::size_t>(others) != code.size()) return false;
        return others > 0 || rest.empty() || !ascii::is_wsp(rest.front()) || rest.size() == 1 ||
               !is_letter(rest[1]);
    }

    static bool is_year(std::string_view code) {
        return code.size() == 4 && (code.starts_with("19") || code.starts_with("20")) &&
               std::ranges::all_of(code, ascii::is_digit);
    }

    static bool is_placeholder(std::string_view word) {
        if (std::ranges::all_of(word, [&](char c) { return c == word.front(); })) return true;
        const std::string lower = ascii::lower(word);
        for (const std::string_view mark :
             {"example", "xxxx", "your", "redacted", "changeme", "placeholder", "****", "token"})
            if (lower.contains(mark)) return true;
        return word.starts_with('<') || word.starts_with('{') || word.starts_with("${");
    }

    // As manuals write them: "user:password@", "root:root@", a port, or a machine that is nobody's.
    static bool is_sample(std::string_view user, std::string_view secret, std::string_view host) {
        constexpr auto words =
            std::to_array<std::string_view>({"pass", "passwd", "password", "pwd", "pw", "secret"});
        constexpr std::size_t most_port_digits = 5;
        if (secret == user || std::ranges::find(words, ascii::lower(secret)) != words.end()) return true;
        if (secret.size() <= most_port_digits && std::ranges::all_of(secret, ascii::is_digit)) return true;
        return host.starts_with("localhost") || host.starts_with("127.0.0.1");
    }

    // An address, a path, a version ("v2.1"), a number of something ("12+chars"), or what everybody knows.
    static bool is_no_secret(std::string_view word) {
        const std::string lower = ascii::lower(word);
        if (lower.contains("://") || lower.starts_with('/')) return true;
        if (std::ranges::find(known_to_all, lower) != known_to_all.end()) return true;
        if (lower.size() > 1 && lower[0] == 'v' && ascii::is_digit(lower[1]) && lower.contains('.'))
            return true;
        const auto number =
            static_cast<std::size_t>(std::ranges::find_if_not(lower, ascii::is_digit) - lower.begin());
        if (number == 0 || number > 3) return false;
        std::string_view unit = std::string_view(lower).substr(number);
        while (!unit.empty() && !is_letter(unit.front())) unit.remove_prefix(1);
        unit = unit.substr(
            0, static_cast<std::size_t>(std::ranges::find_if_not(unit, is_letter) - unit.begin()));
        return std::ranges::find(units, unit) != units.end();
    }

    // A word of a language is no password here: digits with letters, or signs within.
    static bool looks_secret(std::string_view word) {
        constexpr std::size_t least = 6;
        constexpr std::size_t most = 128;
        if (word.size() < least || word.size() > most || is_placeholder(word) || is_no_secret(word))
            return false;
        const auto digits = std::ranges::count_if(word, ascii::is_digit);
        const auto letters = std::ranges::count_if(word, ascii::is_alpha);
        const auto signs =
            std::ranges::count_if(word, [](char c) { return std::string_view("!@#$%^&*+=?_~").contains(c); });
        if (letters == 0) return digits >= 8 && signs > 0;
        return digits > 0 || signs > 1;
    }

    void take(std::string_view kind, std::size_t from, std::size_t to) {
        found_.push_back({kind, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)});
        at_ = to;
    }

    std::string_view text_;
    std::string lower_;
    std::size_t at_ = 0;
    std::vector<Credential> found_;
};

// Most texts hold nothing that any form needs: a digit, a sign before a password, or a PEM header.
bool may_hold_any(std::string_view text) {
    static constexpr ascii::OctetSet needed = ascii::OctetSet("=:").add_range('0', '9');
    return std::ranges::any_of(text, [](char c) { return needed.contains(c); }) || text.contains("-----");
}

}  // namespace

std::vector<Credential> find_credentials(std::string_view text) {
    if (!may_hold_any(text)) return {};
    return Scanner(text).run();
}

}  // namespace decorum::conduct
