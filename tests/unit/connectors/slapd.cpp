#include "slapd.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <vector>

#include "gateway/base/descriptor.hpp"

extern char** environ;

namespace decorum::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

std::uint16_t free_port() {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    socklen_t octets = sizeof address;
    auto* name = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket.get(), name, octets) != 0 || ::getsockname(socket.get(), name, &octets) != 0)
        throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

bool is_open(std::uint16_t port) {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

pid_t spawn(const std::string& program, std::vector<std::string> arguments, const std::string& log) {
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    pid_t process = 0;
    const int error = ::posix_spawn(&process, program.c_str(), &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error(program + " can't be started");
    return process;
}

std::string shared_file(const std::string& name) {
    std::ifstream in(std::filesystem::path(DECORUM_SOURCE_DIR) / "tests/support/slapd" / name);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    if (text.empty()) throw std::runtime_error(name + " can't be read");
    return text;
}

}  // namespace

std::string person_ldif(const std::string& uid, const std::string& mail, const std::string& lines) {
    return fmt::format("dn: uid={0},{1}\nobjectClass: somebody\nuid: {0}\ncn: Name of {0}\nmail: {2}\n{3}\n",
                       uid, Slapd::base_dn, mail, lines);
}

Slapd::Slapd(const Options& options) : tls_(options.tls), port_(free_port()), tls_port_(free_port()) {
    folder_.write("people.schema", shared_file("people.schema"));
    std::filesystem::create_directory(folder_.path() / "data");
    std::string conf = fmt::format(
        "include {0}/people.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {0}/pid\n"
        "argsfile {0}/args\nthreads 4\n",
        folder_.path().native());
    if (options.tls) {
        const auto files = authority_.issue("slapd", {.alt_names = "IP:127.0.0.1,DNS:ldap.example.org"});
        conf += fmt::format("TLSCertificateFile {}\nTLSCertificateKeyFile {}\n", files.certificate_file,
                            files.private_key_file);
    }
    conf += fmt::format(
        "database mdb\nmaxsize 67108864\nsuffix \"dc=example,dc=org\"\nrootdn \"{}\"\nrootpw \"{}\"\n"
        "directory {}/data\ndbnosync\nindex mail,objectClass eq\n{}",
        bind_dn, password, folder_.path().native(), options.access);
    folder_.write("slapd.conf", conf);
    folder_.write("people.ldif", shared_file("tree.ldif") + options.ldif);
    run("/usr/sbin/slapadd", {"-q", "-f", folder_.file("slapd.conf"), "-l", folder_.file("people.ldif")});
    start();
}

Slapd::~Slapd() {
    kill();
}

void Slapd::run(const std::string& program, const std::vector<std::string>& arguments) {
    const std::string log = folder_.file("log");
    int status = 0;
    ::waitpid(spawn(program, arguments, log), &status, 0);
    if (status == 0) return;
    (void)::system(("cat " + log).c_str());
    throw std::runtime_error(program + " failed");
}

void Slapd::start() {
    std::string places = url() + " " + ldapi();
    if (tls_) places += " " + urls();
    process_ = spawn("/usr/sbin/slapd", {"-d", "0", "-h", places, "-f", folder_.file("slapd.conf")},
                     folder_.file("log"));
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_open(port_)) {
        if (std::chrono::steady_clock::now() > end || ::waitpid(process_, nullptr, WNOHANG) != 0)
            throw std::runtime_error("slapd doesn't listen");
        std::this_thread::yield();
    }
}

void Slapd::kill() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
}

void Slapd::stop_running() {
    ::kill(process_, SIGSTOP);
    int status = 0;
    ::waitpid(process_, &status, WUNTRACED);
}

void Slapd::go_on() {
    ::kill(process_, SIGCONT);
}

std::string Slapd::url() const {
    return fmt::format("ldap://127.0.0.1:{}", port_);
}

std::string Slapd::urls() const {
    return fmt::format("ldaps://127.0.0.1:{}", tls_port_);
}

std::string Slapd::ldapi() const {
    std::string path;
    for (char c : folder_.file("socket"))
        if (c == '/')
            path += "%2F";
        else
            path += c;
    return "ldapi://" + path;
}

}  // namespace decorum::test
