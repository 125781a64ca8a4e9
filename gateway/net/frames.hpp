// The memory of coroutine frames, for who waits for hours.
#pragma once

namespace decorum::net {

// Asio keeps up to eight freed frames a thread, each of up to 1 KiB, and gives a new frame the first one that
// is large enough: the frames of a login would serve the much smaller ones that then wait for hours. Gives
// the kept ones of this thread back; to be called before such a wait begins.
void drop_spare_frames();

}  // namespace decorum::net
