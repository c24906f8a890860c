"""Compiled loops of the index. All kernels stand in one file, because numba's cache on disk watches only that file.

Words are the four little-endian uint64 of a 256-bit value. Indices are uint64, so that no loop pays for negative ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel, popcount, prefetch

Words = npt.NDArray[np.uint64]
Ids = npt.NDArray[np.int64]
Distances = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.uint32]

ONE = np.uint64(1)
TWO = np.uint64(2)
THREE = np.uint64(3)
SIX = np.uint64(6)
THIRTY_TWO = np.uint64(32)
SIXTY_THREE = np.uint64(63)
SIXTY_FOUR = np.uint64(64)
LOW_HALF = np.uint64(0xFFFFFFFF)
RECORDS_A_LINE = np.uint64(4)
ASKED_FOR = np.uint64(32)
FIRST_CAPACITY = 256
WAITING_ROOM = np.uint64(64)


@kernel
def substring(words: Any, start: Any, width: Any) -> Any:
    """Return bits `start` to `start + width` (at most 32) of four words."""
    word = start >> SIX
    shift = start & SIXTY_THREE
    bits = words[word] >> shift
    if shift + width > SIXTY_FOUR:
        bits |= words[word + ONE] << (SIXTY_FOUR - shift)
    return bits & ((ONE << width) - ONE)


@kernel
def sketch_words(start: Any) -> Any:
    """Return the words that the sketch is cut from: neither of them holds bits of the substring."""
    word = start >> SIX
    return (word + TWO) & THREE, (word + THREE) & THREE


@kernel
def grown(ids: Any, distances: Any) -> Any:
    """Return copies of both buffers with twice the room."""
    more_ids = np.empty(2 * ids.size, np.int64)
    more_distances = np.empty(2 * ids.size, np.uint8)
    more_ids[: ids.size] = ids
    more_distances[: ids.size] = distances
    return more_ids, more_distances


@kernel
def scan(query: Any, radius: Any, rows: Any, ids: Any) -> Any:
    """Compare the query with every row: (ids, distances) of the rows within the radius."""
    found = np.empty(FIRST_CAPACITY, np.int64)
    near = np.empty(FIRST_CAPACITY, np.uint8)
    count = 0
    for row in range(np.uint64(rows.shape[0])):
        apart = popcount(rows[row, 0] ^ query[0]) + popcount(rows[row, 1] ^ query[1])
        if apart > radius:
            continue
        apart += popcount(rows[row, 2] ^ query[2]) + popcount(rows[row, 3] ^ query[3])
        if apart > radius:
            continue
        if count == found.size:
            found, near = grown(found, near)
        found[count] = ids[row]
        near[count] = apart
        count += 1
    return found[:count], near[:count]


@kernel
def distance(rows: Any, row: Any, query: Any) -> Any:
    """Count the bits by which a row differs from the query."""
    low = popcount(rows[row, 0] ^ query[0]) + popcount(rows[row, 1] ^ query[1])
    return low + popcount(rows[row, 2] ^ query[2]) + popcount(rows[row, 3] ^ query[3])


@kernel
def sweep(rows: Any, firsts: Any, seconds: Any, wanted: Any, radius: Any) -> Any:
    """Compare every row with everything wanted: (row * number of wanted + wanted, distance) of pairs within the radius.

    `firsts` and `seconds` are the first and second words of `wanted`, apart, so that the inner loop, which only counts
    how many may be near by their first half, becomes vector instructions. Unrelated halves hardly ever are.
    """
    found = np.empty(FIRST_CAPACITY, np.int64)
    near = np.empty(FIRST_CAPACITY, np.uint8)
    count = 0
    for row in range(np.uint64(rows.shape[0])):
        first, second = rows[row, 0], rows[row, 1]
        possible = 0
        for place in range(firsts.size):
            possible += popcount(first ^ firsts[place]) + popcount(second ^ seconds[place]) <= radius
        if possible == 0:
            continue
        for place in range(np.uint64(firsts.size)):
            apart = distance(wanted, place, rows[row])
            if apart > radius:
                continue
            if count == found.size:
                found, near = grown(found, near)
            found[count] = row * np.uint64(firsts.size) + place
            near[count] = apart
            count += 1
    return found[:count], near[:count]


@kernel
def found_before(difference: Any, table: Any, starts: Any, widths: Any, reaches: Any) -> Any:
    """Tell whether a table before this one reports a row that differs from the query in these bits."""
    for earlier in range(table):
        bits = substring(difference, starts[earlier], widths[earlier])
        if popcount(bits) < reaches[earlier]:
            return True
    return False


@kernel
def locate(query: Any, table: Any, offsets: Any, starts: Any, widths: Any, bases: Any, masks: Any, spans: Any) -> None:
    """Ask for the cache lines that hold the bucket bounds of every key that a table is going to visit."""
    key = substring(query, starts[table], widths[table])
    for probe in range(spans[table], spans[table + ONE]):
        prefetch(offsets, bases[table] + (key ^ masks[probe]))


@kernel
def sift(
    query: Any,
    radius: Any,
    table: Any,
    records: Any,
    starts: Any,
    masks: Any,
    firsts: Any,
    lasts: Any,
    probe: Any,
    record: Any,
    end: Any,
    total: Any,
    rows: Any,
    waiting: Any,
) -> Any:
    """Collect rows whose sketch is near enough, and ask for them, until the waiting room is full or the table ends.

    Returns where to go on (probe, record) and how many rows wait. The bits of the key that were flipped differ for
    certain, and the sketch has none of them, so both distances add up to a lower bound.
    """
    whole, half = sketch_words(starts[table])
    query_whole = query[whole]
    query_half = query[half] & LOW_HALF
    arrived = np.uint64(0)
    while probe < end:
        limit = radius - popcount(masks[probe])
        while record < lasts[probe]:
            last = records[record * TWO + ONE]
            apart = popcount(records[record * TWO] ^ query_whole) + popcount((last & LOW_HALF) ^ query_half)
            record += ONE
            row = last >> THIRTY_TWO
            if apart <= limit and row < total:
                prefetch(rows, row << TWO)
                waiting[arrived] = row
                arrived += ONE
                if arrived == WAITING_ROOM:
                    return probe, record, arrived
        probe += ONE
        if probe < end:
            record = firsts[probe]
    return probe, record, arrived


@kernel
def enter(
    query: Any,
    table: Any,
    offsets: Any,
    starts: Any,
    widths: Any,
    bases: Any,
    masks: Any,
    spans: Any,
    total: Any,
    records: Any,
    firsts: Any,
    lasts: Any,
) -> None:
    """Note where the buckets of a table begin and end, and ask for their first cache lines."""
    key = substring(query, starts[table], widths[table])
    for probe in range(spans[table], spans[table + ONE]):
        bucket = bases[table] + (key ^ masks[probe])
        # A damaged file must not send the search outside of the table.
        firsts[probe] = total * table + min(np.uint64(offsets[bucket]), total)
        lasts[probe] = total * table + min(np.uint64(offsets[bucket + ONE]), total)
        for record in range(firsts[probe], min(lasts[probe], firsts[probe] + ASKED_FOR), RECORDS_A_LINE):
            prefetch(records, record * TWO)


@kernel
def judge(
    query: Any,
    radius: Any,
    table: Any,
    rows: Any,
    starts: Any,
    widths: Any,
    reaches: Any,
    waiting: Any,
    arrived: Any,
    apart: Any,
    difference: Any,
) -> Any:
    """Keep, of the rows that wait, those within the radius that no earlier table reports; return how many.

    They move to the beginning of the waiting room, and their distances stand in `apart`; `difference` has room for
    four words.
    """
    kept = np.uint64(0)
    for place in range(arrived):
        row = waiting[place]
        bits = distance(rows, row, query)
        if bits > radius:
            continue
        for word in range(4):
            difference[word] = rows[row, word] ^ query[word]
        if not found_before(difference, table, starts, widths, reaches):
            waiting[kept], apart[kept] = row, bits
            kept += ONE
    return kept


@kernel
def collect(
    query: Any,
    radius: Any,
    table: Any,
    rows: Any,
    records: Any,
    starts: Any,
    widths: Any,
    masks: Any,
    spans: Any,
    reaches: Any,
    firsts: Any,
    lasts: Any,
    room: Any,
    found: Any,
    near: Any,
    count: Any,
) -> Any:
    """Add the rows that a table reports, once `enter` has noted its buckets; return both buffers and their new count.

    `room` is what `waiting_room` returns.
    """
    waiting, apart, difference = room
    probe, record, end = spans[table], firsts[spans[table]], spans[table + ONE]
    total = np.uint64(rows.shape[0])
    while probe < end:
        probe, record, arrived = sift(
            query, radius, table, records, starts, masks, firsts, lasts, probe, record, end, total, rows, waiting
        )
        kept = judge(query, radius, table, rows, starts, widths, reaches, waiting, arrived, apart, difference)
        for place in range(kept):
            if count == found.size:
                found, near = grown(found, near)
            found[count] = waiting[place]
            near[count] = apart[place]
            count += 1
    return found, near, count


@kernel
def waiting_room() -> Any:
    """Return room for rows that wait, for their distances, and for the words in which one of them differs."""
    return np.empty(WAITING_ROOM, np.uint64), np.empty(WAITING_ROOM, np.uint8), np.empty(4, np.uint64)


@kernel
def search_tables(
    query: Any,
    radius: Any,
    rows: Any,
    ids: Any,
    offsets: Any,
    records: Any,
    starts: Any,
    widths: Any,
    bases: Any,
    masks: Any,
    spans: Any,
    reaches: Any,
) -> Any:
    """Find all rows within the radius by multi-index hashing (Norouzi, Punjani, Fleet 2012): (ids, distances).

    A row within the radius differs in fewer than `reaches[t]` bits from the query in the substring of some table t,
    because the reaches sum to radius + 1. Each table is visited in passes (bounds asked for, buckets asked for, buckets
    read, rows asked for, rows read), so that the memory works on many lines at once.
    """
    found = np.empty(FIRST_CAPACITY, np.int64)
    near = np.empty(FIRST_CAPACITY, np.uint8)
    count = 0
    firsts = np.empty(masks.size + 1, np.uint64)
    lasts = np.empty(masks.size, np.uint64)
    room = waiting_room()
    tables = np.uint64(starts.size)
    total = np.uint64(rows.shape[0])
    locate(query, np.uint64(0), offsets, starts, widths, bases, masks, spans)
    for table in range(tables):
        enter(query, table, offsets, starts, widths, bases, masks, spans, total, records, firsts, lasts)
        if table + ONE < tables:
            locate(query, table + ONE, offsets, starts, widths, bases, masks, spans)
        found, near, count = collect(
            query, radius, table, rows, records, starts, widths, masks, spans, reaches, firsts, lasts, room, found,
            near, count,
        )  # fmt: skip
    for place in range(count):
        found[place] = ids[found[place]]
    return found[:count], near[:count]


@kernel
def search_table(
    queries: Any,
    order: Any,
    radius: Any,
    table: Any,
    rows: Any,
    offsets: Any,
    records: Any,
    starts: Any,
    widths: Any,
    bases: Any,
    masks: Any,
    spans: Any,
    reaches: Any,
) -> Any:
    """Do one table's part of `search_tables` for many queries in the order of their keys, so that caches serve.

    Returns (row * number of queries + query, distance) of each hit. While one query's buckets are read, the bounds of
    the next one's are asked for.
    """
    found = np.empty(FIRST_CAPACITY, np.int64)
    near = np.empty(FIRST_CAPACITY, np.uint8)
    count = 0
    firsts = np.empty(masks.size + 1, np.uint64)
    lasts = np.empty(masks.size, np.uint64)
    room = waiting_room()
    total = np.uint64(rows.shape[0])
    for turn in range(order.size):
        query, before = queries[order[turn]], count
        enter(query, table, offsets, starts, widths, bases, masks, spans, total, records, firsts, lasts)
        if turn + 1 < order.size:
            locate(queries[order[turn + 1]], table, offsets, starts, widths, bases, masks, spans)
        found, near, count = collect(
            query, radius, table, rows, records, starts, widths, masks, spans, reaches, firsts, lasts, room, found,
            near, count,
        )  # fmt: skip
        for place in range(before, count):
            found[place] = found[place] * queries.shape[0] + order[turn]
    return found[:count], near[:count]


@kernel
def keys_of(queries: Any, start: Any, width: Any, keys: Any) -> None:
    """Write the bits of each query that a table is looked up by."""
    for query in range(queries.shape[0]):
        keys[query] = substring(queries[query], start, width)


@kernel
def count_buckets(rows: Any, start: Any, width: Any, offsets: Any) -> None:
    """Do the first half of a counting sort: the offsets (2 ** width + 1 of them) at which the buckets begin."""
    offsets[:] = 0
    for row in range(np.uint64(rows.shape[0])):
        offsets[substring(rows[row], start, width) + ONE] += np.uint32(1)
    for bucket in range(ONE, np.uint64(offsets.size)):
        offsets[bucket] += offsets[bucket - ONE]


@kernel
def fill_buckets(rows: Any, start: Any, width: Any, cursors: Any, records: Any) -> None:
    """Do the second half: write each row's record (96 bits of sketch, 32 of row number) at its bucket's cursor."""
    whole, half = sketch_words(start)
    for row in range(np.uint64(rows.shape[0])):
        bucket = substring(rows[row], start, width)
        place = np.uint64(cursors[bucket]) * TWO
        cursors[bucket] += np.uint32(1)
        records[place] = rows[row, whole]
        records[place + ONE] = (rows[row, half] & LOW_HALF) | (row << THIRTY_TWO)
