// A session's place at its listener: the connection counts as long as this lives.
//
// The session keeps it beside its stream (in any order of destruction) and tells it two things: that the
// client has spoken (until then the connection may be evicted in favour of a new one, when the listener is
// full), and when it stands between two commands (where a draining gateway may interrupt it).
// All members are called on the thread of the stream. A default-constructed one does nothing: for tests.
#pragma once

#include <cstddef>
#include <memory>

namespace decorum::net {

class Admission {
public:
    Admission() noexcept;
    Admission(Admission&&) noexcept;
    Admission& operator=(Admission&&) noexcept;
    ~Admission();

    // The client's first command came. Before it, eviction may write the listener's refusal and close the
    // stream: the session sees `cancelled` and just ends.
    void spoke() noexcept;

    // True before waiting for the next command, false once it is there. While true, drain() cancels what the
    // stream waits for: the session sees `cancelled`, says good-bye (421, BYE) and ends.
    void set_between_commands(bool between) noexcept;

    // True from the beginning until the client got what it connected for: drain() lets such a session go on
    // for a while (until end_grace()). False where it is never said.
    void set_new(bool is_new) noexcept;

    // The gateway is going down: do not wait for another command.
    [[nodiscard]] bool draining() const noexcept;

    // The index of the thread, for what is kept a thread.
    [[nodiscard]] std::size_t thread() const noexcept;

    struct Record;  // the listener's
    explicit Admission(std::unique_ptr<Record> record) noexcept;

private:
    std::unique_ptr<Record> record_;
};

}  // namespace decorum::net
