// The pool's end of one job's stream: sends the input, then takes the answer, never blocking.
#pragma once

#include <string>

#include "gateway/base/descriptor.hpp"
#include "gateway/base/result.hpp"

namespace decorum::worker {

class JobStream {
public:
    struct Pair;
    // Our end with the input to send, and the child's end.
    [[nodiscard]] static Result<Pair> open(std::string input);

    JobStream(Descriptor descriptor, std::string input)
        : descriptor_(std::move(descriptor)), input_(std::move(input)) {}

    [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }  // negative once ended
    [[nodiscard]] short events() const noexcept;                                 // what to poll for
    [[nodiscard]] bool ended() const noexcept { return !descriptor_; }

    // Moves what can be moved now.
    void advance();

    // Of a child that wrote all it wanted. Errors: syntax, limit (what the decoder said, or an answer that is
    // none or too long). The child is not trusted.
    [[nodiscard]] Result<std::string> answer() &&;

private:
    void send_input();
    void take_answer();

    Descriptor descriptor_;
    std::string input_;
    std::size_t sent_ = 0;
    std::string answer_;
};

struct JobStream::Pair {
    JobStream ours;
    Descriptor childs;
};

}  // namespace decorum::worker
