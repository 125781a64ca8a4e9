// An OpenLDAP server of the test's own: in a scratch folder, on loopback, with a schema and people of its
// own.
#pragma once

#include <sys/types.h>

#include <string>

#include "tests/support/certificates.hpp"

namespace decorum::test {

class Slapd {
public:
    struct Options {
        std::string ldif;  // of the people under ou=people,dc=example,dc=org
        bool tls = false;  // with a certificate for 127.0.0.1 by an authority of its own
        std::string access = "access to * by * read\n";
    };

    // Throws where it can't be started.
    explicit Slapd(const Options& options);
    ~Slapd();
    Slapd(const Slapd&) = delete;
    Slapd& operator=(const Slapd&) = delete;

    void start();  // again, at the same port, after kill()
    void kill();
    void stop_running();  // SIGSTOP: it hangs
    void go_on();         // SIGCONT

    [[nodiscard]] std::string url() const;   // ldap://
    [[nodiscard]] std::string urls() const;  // ldaps://
    [[nodiscard]] std::string ldapi() const;
    [[nodiscard]] const std::string& ca_file() const { return authority_.ca_file(); }
    [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }

    static constexpr const char* base_dn = "ou=people,dc=example,dc=org";
    static constexpr const char* bind_dn = "cn=decorum,dc=example,dc=org";
    static constexpr const char* password = "correct horse";

private:
    void run(const std::string& program, const std::vector<std::string>& arguments);

    TemporaryFolder folder_;
    Authority authority_{folder_};
    bool tls_;
    std::uint16_t port_;
    std::uint16_t tls_port_;
    pid_t process_ = 0;
};

// One person as LDIF: lines such as "title: HR Director" after those of the name.
[[nodiscard]] std::string person_ldif(const std::string& uid, const std::string& mail,
                                      const std::string& lines = {});

}  // namespace decorum::test
