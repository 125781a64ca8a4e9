// Each file of dialogues/ is a test, named after the file; those that allow it are replayed in small pieces
// too.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "gateway/base/ascii.hpp"
#include "tests/transcript/replay.hpp"

namespace decorum::test {
namespace {

std::vector<std::filesystem::path> dialogue_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(DECORUM_SOURCE_DIR "/tests/transcript/dialogues"))
        if (entry.path().extension() == ".txt") files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

class Transcript : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Transcript, IsWhatBothSidesSee) {
    EXPECT_NO_THROW(replay(GetParam(), {}));
    if (!wants_splits(GetParam())) return;
    EXPECT_NO_THROW(replay(GetParam(), {1})) << "read octet by octet";
    EXPECT_NO_THROW(replay(GetParam(), {3, 1, 7})) << "read in small pieces";
}

INSTANTIATE_TEST_SUITE_P(Dialogue, Transcript, testing::ValuesIn(dialogue_files()), [](const auto& tested) {
    std::string name = tested.param.stem().string();
    std::ranges::replace_if(name, [](char c) { return !ascii::is_alnum(c); }, '_');
    return name;
});

}  // namespace
}  // namespace decorum::test
