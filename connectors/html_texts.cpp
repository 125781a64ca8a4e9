#include "connectors/html_texts.hpp"

#include <memory>
#include <string_view>

namespace decorum::connectors {
namespace {

struct Row {
    worker::Worker& worker;
    std::vector<std::string> texts;  // those before `next` are done
    std::size_t next = 0;
    TextsDone done;
};

// Mastodon writes plain words between paragraph marks; most short texts of other servers have no mark at all.
bool is_plain(std::string_view html) {
    return html.find_first_of("<&") == std::string_view::npos;
}

void go_on(const std::shared_ptr<Row>& row) {
    while (row->next < row->texts.size() && is_plain(row->texts[row->next])) ++row->next;
    if (row->next == row->texts.size()) return row->done(std::move(row->texts));
    row->worker.run(worker::Job::text, row->texts[row->next], [row](Result<std::string> text) {
        if (!text && is_absence(text.error())) return row->done(std::unexpected(std::move(text.error())));
        row->texts[row->next++] = text ? std::move(*text) : std::string{};
        go_on(row);
    });
}

}  // namespace

void html_to_texts(worker::Worker& worker, std::vector<std::string> html, TextsDone done) {
    go_on(std::make_shared<Row>(worker, std::move(html), 0, std::move(done)));
}

}  // namespace decorum::connectors
