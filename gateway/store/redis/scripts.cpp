// Numbers go in and out as text: Lua's are doubles, exact to 2^53, which is enough for seconds and
// microseconds; microdollars are added up by Redis itself, in 64 bits.
#include "gateway/store/redis/scripts.hpp"

namespace decorum::store::redis {
namespace {

// What several scripts share stands before each of them.
#define DECORUM_PRELUDE \
    R"(
local P = 'decorum:'
local call = redis.call
local function text(number) return string.format('%.0f', number) end
-- Of a change: of the time, so that no number comes twice, even after Redis has lost what it had.
local function number(counter)
  local time = call('TIME')
  local next = math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]),
                        tonumber(call('GET', P .. counter) or '0') + 1)
  call('SET', P .. counter, text(next))
  return text(next)
end
local function plain(key) return string.sub(key, 1, 32) end
local function buried(key)
  return call('HGET', P .. 'tombstones', key) or call('HGET', P .. 'tombstones', plain(key))
end
local function tie(key)
  if #key > 32 then call('SADD', P .. 'tags:' .. plain(key), key) end
end
local function untie(key)
  if #key > 32 then call('SREM', P .. 'tags:' .. plain(key), key) end
end
local function record(key)
  local state = call('HMGET', P .. 'state:' .. key, 'found', 'fetched', 'profile', 'served')
  return {'', state[1] or '0', state[2] or '0', state[3] or '', state[4] or '0',
          call('LRANGE', P .. 'versions:' .. key, 0, -1)}
end
local function latest(key)
  local last = call('LINDEX', P .. 'versions:' .. key, -1)
  if not last then return nil end
  local time, digest = string.match(last, '^(%-?%d+) (%x+) ')
  return tonumber(time), digest
end
local function serve(key, date)
  local state = P .. 'state:' .. key
  local served = tonumber(call('HGET', state, 'served') or '0')
  if date > served then call('HSET', state, 'served', text(date)) end
  call('ZREM', P .. 'nobodies', key)
  tie(key)
end
local function drop_notice(id, key)
  call('DEL', P .. 'notice:' .. id)
  call('ZREM', P .. 'notices', id)
  call('ZREM', P .. 'notices:ended', id)
  call('ZREM', P .. 'notices-of:' .. key, id)
end
local function drop_letter(id, key, kind)
  call('DEL', P .. 'letter:' .. id)
  call('ZREM', P .. 'letters:' .. kind, id)
  call('SREM', P .. 'letters-of:' .. key, id)
end
-- All that is kept under one key; was there a state that anybody was told of, and how many versions.
local function clear(one)
  local fetched = call('HGET', P .. 'state:' .. one, 'fetched')
  local versions = call('LLEN', P .. 'versions:' .. one)
  for _, id in ipairs(call('SMEMBERS', P .. 'letters-of:' .. one)) do
    drop_letter(id, one, call('HGET', P .. 'letter:' .. id, 'kind') or '0')
  end
  for _, id in ipairs(call('ZRANGE', P .. 'notices-of:' .. one, 0, -1)) do drop_notice(id, one) end
  call('DEL', P .. 'state:' .. one, P .. 'versions:' .. one, P .. 'flight:' .. one)
  call('HDEL', P .. 'standings', one)
  call('ZREM', P .. 'standings:changes', one)
  call('ZREM', P .. 'nobodies', one)
  untie(one)
  return fetched and fetched ~= '0', versions
end
local function erase(key, now)
  local keys = call('SMEMBERS', P .. 'tags:' .. key)
  keys[#keys + 1] = key
  local known, versions = 0, 0
  for _, one in ipairs(keys) do
    local told, count = clear(one)
    if told then known = 1 end
    versions = versions + count
  end
  call('HSET', P .. 'tombstones', key, now)
  call('ZADD', P .. 'erasures', number('erasures:last'), key)
  return {known, versions}
end
local function revive(key)
  local lifted = call('HDEL', P .. 'tombstones', key)
  if lifted == 1 then call('ZADD', P .. 'erasures', number('erasures:last'), key) end
  return lifted
end
-- Those whose time is over; gives the time.
local function drop_refusals()
  local now = tonumber(call('TIME')[1])
  for _, old in ipairs(call('ZRANGEBYSCORE', P .. 'refusals:ends', '-inf', '(' .. text(now), 'LIMIT', 0, 1000)) do
    call('ZREM', P .. 'refusals', old)
    call('HDEL', P .. 'refusals:at', old)
    call('ZREM', P .. 'refusals:ends', old)
  end
  -- What nodes wrote before messages were named by an HMAC.
  if call('EXISTS', P .. 'refusals:noted') == 1 then
    call('DEL', P .. 'refusals:noted', P .. 'refusals', P .. 'refusals:at', P .. 'refusals:ends')
  end
  return now
end
)"

constexpr std::string_view load = DECORUM_PRELUDE R"(
local key = ARGV[1]
local time = buried(key)
if time then return {time} end
return record(key)
)";

constexpr std::string_view update = DECORUM_PRELUDE R"(
local key, found, fetched, profile, digest, shown, now, keep, before = unpack(ARGV)
local time = buried(key)
if time then return {time} end
for _, old in ipairs(call('ZRANGEBYSCORE', P .. 'nobodies', '-inf', '(' .. before, 'LIMIT', 0, 20)) do
  call('DEL', P .. 'state:' .. old)
  call('ZREM', P .. 'nobodies', old)
  untie(old)
end
local state, versions = P .. 'state:' .. key, P .. 'versions:' .. key
call('HSET', state, 'found', found, 'fetched', fetched, 'profile', profile)
tie(key)
local served = tonumber(call('HGET', state, 'served') or '0')
if shown ~= '' then
  local last, last_digest = latest(key)
  if last_digest ~= digest then
    local at = now == '' and tonumber(call('TIME')[1]) or tonumber(now)
    at = math.max(at, served + 1)
    if last then at = math.max(at, last + 1) end
    call('RPUSH', versions, text(at) .. ' ' .. digest .. ' ' .. shown)
    if keep ~= '0' then call('LTRIM', versions, '-' .. keep, -1) end
  end
end
if found == '0' and served == 0 and call('EXISTS', versions) == 0 then
  call('ZADD', P .. 'nobodies', fetched, key)
else
  call('ZREM', P .. 'nobodies', key)
end
return record(key)
)";

constexpr std::string_view serve = DECORUM_PRELUDE R"(
if not buried(ARGV[1]) then serve(ARGV[1], tonumber(ARGV[2])) end
return 1
)";

constexpr std::string_view show = DECORUM_PRELUDE R"(
local key = ARGV[1]
local time = buried(key)
if time then return {time} end
local last, known = latest(key), tonumber(ARGV[3])
if last and last >= known then serve(key, tonumber(ARGV[2])) end
if last and last == known then return {} end
return record(key)
)";

constexpr std::string_view restore = DECORUM_PRELUDE R"(
local key = ARGV[1]
local time = buried(key)
if time then return {time} end
local last = latest(key)
local served = tonumber(call('HGET', P .. 'state:' .. key, 'served') or '0')
for i = 3, #ARGV do
  local at = tonumber(string.match(ARGV[i], '^(%-?%d+) '))
  if at > served and (not last or at > last) then
    call('RPUSH', P .. 'versions:' .. key, ARGV[i])
    last = at
  end
end
if last then serve(key, tonumber(ARGV[2])) end
return record(key)
)";

constexpr std::string_view erase = DECORUM_PRELUDE R"(
return erase(ARGV[1], ARGV[2])
)";

constexpr std::string_view revive = DECORUM_PRELUDE R"(
return revive(ARGV[1])
)";

constexpr std::string_view move = DECORUM_PRELUDE R"(
local older, key = ARGV[1], ARGV[2]
for _, pair in ipairs({{plain(older), plain(key)}, {older, key}}) do
  local time = call('HGET', P .. 'tombstones', pair[1])
  if time then
    erase(pair[2], time)
    revive(pair[1])
  end
end
if not buried(key) then
  local before, after = P .. 'state:' .. older, P .. 'state:' .. key
  if call('EXISTS', P .. 'versions:' .. older) == 1 and call('EXISTS', P .. 'versions:' .. key) == 0 then
    call('RENAME', P .. 'versions:' .. older, P .. 'versions:' .. key)
    call('ZREM', P .. 'nobodies', key)
    tie(key)
  end
  local served = tonumber(call('HGET', before, 'served') or '0')
  if call('EXISTS', before) == 1 and call('EXISTS', after) == 0 then
    call('RENAME', before, after)
    local since = call('ZSCORE', P .. 'nobodies', older)
    if since then call('ZADD', P .. 'nobodies', since, key) end
    tie(key)
  elseif served > 0 then
    serve(key, served)
  end
  local standing = call('HGET', P .. 'standings', older)
  if standing and call('HSETNX', P .. 'standings', key, standing) == 1 then
    call('ZADD', P .. 'standings:changes', number('standings:last'), key)
    tie(key)
  end
  for _, id in ipairs(call('SMEMBERS', P .. 'letters-of:' .. older)) do
    call('HSET', P .. 'letter:' .. id, 'key', key)
    call('SMOVE', P .. 'letters-of:' .. older, P .. 'letters-of:' .. key, id)
    tie(key)
  end
  local notices = call('ZRANGE', P .. 'notices-of:' .. older, 0, -1, 'WITHSCORES')
  for i = 1, #notices, 2 do
    call('HSET', P .. 'notice:' .. notices[i], 'key', key)
    call('ZADD', P .. 'notices-of:' .. key, notices[i + 1], notices[i])
    call('ZREM', P .. 'notices-of:' .. older, notices[i])
    tie(key)
  end
end
clear(older)
return 1
)";

// A cursor ahead of the counter is of a Redis that has lost what it had: all is new then.
constexpr std::string_view erased_since = DECORUM_PRELUDE R"(
local last = call('GET', P .. 'erasures:last') or '0'
local cursor = ARGV[1]
if cursor == '' then return {last} end
if tonumber(cursor) > tonumber(last) then cursor = '0' end
local rows = call('ZRANGEBYSCORE', P .. 'erasures', '(' .. cursor, '+inf', 'LIMIT', 0, 1000, 'WITHSCORES')
local out = {cursor}
for i = 1, #rows, 2 do
  out[1] = text(tonumber(rows[i + 1]))
  out[#out + 1] = rows[i]
end
return out
)";

constexpr std::string_view spend = DECORUM_PRELUDE R"(
local source, day, amount, most = unpack(ARGV)
local spent = P .. 'spent:' .. day
if amount ~= '0' then
  local total = redis.pcall('HINCRBY', spent, source, amount)
  if type(total) == 'table' then call('HSET', spent, source, most)
  elseif total < 0 then call('HSET', spent, source, '0') end
  call('ZADD', P .. 'spent', day, day)
  for _, old in ipairs(call('ZRANGEBYSCORE', P .. 'spent', '-inf', '(' .. text(tonumber(day) - 1))) do
    call('DEL', P .. 'spent:' .. old)
    call('ZREM', P .. 'spent', old)
  end
end
return call('HGET', spent, source) or '0'
)";

constexpr std::string_view standing = DECORUM_PRELUDE R"(
local key = ARGV[1]
if buried(key) then return {'1', ''} end
return {'0', call('HGET', P .. 'standings', key) or ''}
)";

constexpr std::string_view amend = DECORUM_PRELUDE R"(
local key, before, after, id, kind, address, language, about, mark, octets, queued, expires, due = unpack(ARGV)
if buried(key) then return {'1', ''} end
local current = call('HGET', P .. 'standings', key) or ''
if current ~= before then return {'2', current} end
if after ~= before then
  call('HSET', P .. 'standings', key, after)
  call('ZADD', P .. 'standings:changes', number('standings:last'), key)
  tie(key)
end
if id and call('EXISTS', P .. 'letter:' .. id) == 0 then
  call('HSET', P .. 'letter:' .. id, 'key', key, 'kind', kind, 'address', address, 'language', language,
       'about', about, 'octets', octets, 'queued', queued, 'expires', expires, 'tries', 0)
  call('ZADD', P .. 'letters:' .. kind, due, id)
  call('SADD', P .. 'letters-of:' .. key, id)
  tie(key)
end
if id and kind == '2' and call('EXISTS', P .. 'notice:' .. id) == 0 then
  call('HSET', P .. 'notice:' .. id, 'key', key, 'mark', mark, 'about', about, 'queued', queued,
       'state', 0, 'ended', 0)
  call('ZADD', P .. 'notices', queued, id)
  call('ZADD', P .. 'notices-of:' .. key, queued, id)
end
return {'0', after}
)";

constexpr std::string_view standings_since = DECORUM_PRELUDE R"(
local cursor = ARGV[1]
if tonumber(cursor) > tonumber(call('GET', P .. 'standings:last') or '0') then cursor = '0' end
local rows = call('ZRANGEBYSCORE', P .. 'standings:changes', '(' .. cursor, '+inf', 'LIMIT', 0, 1000,
                  'WITHSCORES')
local out = {cursor}
for i = 1, #rows, 2 do
  out[1] = text(tonumber(rows[i + 1]))
  out[#out + 1] = rows[i]
  out[#out + 1] = call('HGET', P .. 'standings', rows[i]) or ''
end
return out
)";

constexpr std::string_view claim = DECORUM_PRELUDE R"(
local now, again = ARGV[1], ARGV[2]
for kind = 0, 2 do
  local id = call('ZRANGEBYSCORE', P .. 'letters:' .. kind, '-inf', now, 'LIMIT', 0, 1)[1]
  if id then
    call('ZADD', P .. 'letters:' .. kind, again, id)
    call('HINCRBY', P .. 'letter:' .. id, 'tries', 1)
    local letter = call('HMGET', P .. 'letter:' .. id, 'key', 'kind', 'address', 'language', 'about', 'octets',
                        'queued', 'expires', 'tries')
    return {id, unpack(letter)}
  end
end
return {}
)";

constexpr std::string_view write = DECORUM_PRELUDE R"(
local letter = P .. 'letter:' .. ARGV[1]
if call('EXISTS', letter) == 1 then call('HSET', letter, 'octets', ARGV[2]) end
return 1
)";

constexpr std::string_view postpone = DECORUM_PRELUDE R"(
local kind = call('HGET', P .. 'letter:' .. ARGV[1], 'kind')
if kind then call('ZADD', P .. 'letters:' .. kind, ARGV[2], ARGV[1]) end
return 1
)";

constexpr std::string_view conclude = DECORUM_PRELUDE R"(
local id, state, now = unpack(ARGV)
local letter = call('HMGET', P .. 'letter:' .. id, 'key', 'kind')
if letter[1] then drop_letter(id, letter[1], letter[2]) end
if call('EXISTS', P .. 'notice:' .. id) == 1 then
  call('HSET', P .. 'notice:' .. id, 'state', state, 'ended', now)
  call('ZADD', P .. 'notices:ended', now, id)
end
return 1
)";

constexpr std::string_view notices = DECORUM_PRELUDE R"(
local key, limit = ARGV[1], tonumber(ARGV[2])
local out = {}
if limit == 0 then return out end
local index = key == '' and P .. 'notices' or P .. 'notices-of:' .. key
for _, id in ipairs(call('ZREVRANGE', index, 0, limit - 1)) do
  local notice = call('HMGET', P .. 'notice:' .. id, 'key', 'mark', 'about', 'queued', 'state', 'ended')
  out[#out + 1] = {id, unpack(notice)}
end
return out
)";

constexpr std::string_view drop_notices = DECORUM_PRELUDE R"(
local ids = call('ZRANGEBYSCORE', P .. 'notices:ended', '-inf', '(' .. ARGV[1], 'LIMIT', 0, 1000)
for _, id in ipairs(ids) do drop_notice(id, call('HGET', P .. 'notice:' .. id, 'key') or '') end
return #ids
)";

constexpr std::string_view take_flight = DECORUM_PRELUDE R"(
local key, token, lease = unpack(ARGV)
return call('SET', P .. 'flight:' .. key, token, 'NX', 'PX', lease) and 1 or 0
)";

constexpr std::string_view end_flight = DECORUM_PRELUDE R"(
local flight = P .. 'flight:' .. ARGV[1]
if call('GET', flight) == ARGV[2] then call('DEL', flight) end
return 1
)";

constexpr std::string_view refusal = DECORUM_PRELUDE R"(
local message, passed, latest = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3])
local now = drop_refusals()
local first = tonumber(call('HGET', P .. 'refusals:at', message) or '0')
if first == 0 or now - first > latest then first = now end
call('HSET', P .. 'refusals:at', message, passed and '0' or text(first))
call('ZADD', P .. 'refusals', number('refusals:last'), message)
call('ZADD', P .. 'refusals:ends', now + latest, message)
-- Where nobody comes to drop them one by one.
for _, part in ipairs({'refusals', 'refusals:ends', 'refusals:at'}) do
  if call('TTL', P .. part) <= latest then call('EXPIRE', P .. part, latest + 1) end
end
return 1
)";

constexpr std::string_view refusals_since = DECORUM_PRELUDE R"(
local cursor = ARGV[1]
local now = drop_refusals()
if tonumber(cursor) > tonumber(call('GET', P .. 'refusals:last') or '0') then cursor = '0' end
local rows = call('ZRANGEBYSCORE', P .. 'refusals', '(' .. cursor, '+inf', 'LIMIT', 0, 1000, 'WITHSCORES')
local out = {cursor}
for i = 1, #rows, 2 do
  out[1] = text(tonumber(rows[i + 1]))
  out[#out + 1] = rows[i]
  local at = tonumber(call('HGET', P .. 'refusals:at', rows[i]) or '0')
  out[#out + 1] = at == 0 and '' or text(math.max(now - at, 0))
end
return out
)";

constexpr std::string_view read_document = DECORUM_PRELUDE R"(
local document, known = P .. 'document:' .. ARGV[1], ARGV[2]
local version, lineage = unpack(call('HMGET', document, 'version', 'lineage'))
lineage = lineage or ''
if known ~= '' and string.match(lineage, '^%S*') == known then return {version, lineage} end
return {version or '0', lineage, call('HGET', document, 'octets') or ''}
)";

constexpr std::string_view write_document = DECORUM_PRELUDE R"(
local document, known, version, lineage, octets = P .. 'document:' .. ARGV[1], unpack(ARGV, 2)
local present = call('HGET', document, 'lineage') or ''
if string.match(present, '^%S*') ~= known then return 0 end
call('HSET', document, 'version', version, 'lineage', lineage, 'octets', octets)
return 1
)";

#undef DECORUM_PRELUDE

constexpr std::string_view schema = R"(
redis.call('SETNX', 'decorum:schema', ARGV[1])
return redis.call('GET', 'decorum:schema')
)";

}  // namespace

const std::array<std::string_view, script_count>& scripts() {
    static constexpr std::array<std::string_view, script_count> all{
        load,    update,         serve,         show,          restore,      erase,           revive,
        move,    erased_since,   spend,         standing,      amend,        standings_since, claim,
        write,   postpone,       conclude,      notices,       drop_notices, take_flight,     end_flight,
        refusal, refusals_since, read_document, write_document};
    return all;
}

std::string_view schema_script() {
    return schema;
}

}  // namespace decorum::store::redis
