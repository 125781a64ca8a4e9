// Writes a manual page as man(7) macros, which groff and mandoc read.
//
// Prose may hold `literals` between backticks, which are set in bold; a backtick without its fellow stands
// for itself. Whatever is handed over is text: nothing in it can become a request or an escape (a page's
// texts come from the table of settings and the command line's descriptions, which know nothing of roff).
// Octets beyond ASCII pass as UTF-8, controls become spaces. Nothing here fails.
#pragma once

#include <string>
#include <string_view>

namespace decorum {

class ManualPage {
public:
    // `name` and `summary` make the line that apropos finds; `edition` stands at the foot.
    ManualPage(std::string_view name, int section, std::string_view summary, std::string_view edition);

    ManualPage& heading(std::string_view title);
    ManualPage& subheading(std::string_view title);
    ManualPage& paragraph(std::string_view prose);
    // What is explained, as prose, and the explanation beside it.
    ManualPage& item(std::string_view term, std::string_view prose);
    // One more paragraph of the item before.
    ManualPage& more(std::string_view prose);
    // Lines as they are, in a fixed face where there is one.
    ManualPage& example(std::string_view lines);

    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
};

}  // namespace decorum
