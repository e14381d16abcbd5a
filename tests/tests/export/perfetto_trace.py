"""Checks a trace with Perfetto's published schema, and prints what it adds up to as JSON.

Every field must be one of the schema's. On each CPU the thread that leaves is the one that came last, in the order of
time. Whatever is interned must be there when it is referred to.
"""

import json
import sys
from collections import Counter, defaultdict

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as schema

STATE_CLEARED, NEEDS_STATE = 1, 2


def unknown_fields(message, where="Trace"):
    """Fields of the message, or of one inside it, that the schema has not."""
    from google.protobuf.unknown_fields import UnknownFieldSet

    for field in UnknownFieldSet(message):
        yield f"{where}.{field.field_number}"
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        parts = [value] if hasattr(value, "ListFields") else value
        for part in parts:
            yield from unknown_fields(part, f"{where}.{field.name}")


class Interned:
    """What a sequence has sent."""

    KINDS = ["event_names", "debug_annotation_names", "function_names", "frames", "callstacks", "build_ids",
             "mapping_paths", "mappings"]

    def __init__(self):
        self.tables = {kind: {} for kind in self.KINDS}

    def add(self, data):
        for kind in self.KINDS:
            for entry in getattr(data, kind):
                assert entry.iid > 0, kind
                assert entry.iid not in self.tables[kind], f"{kind} {entry.iid} is sent twice"
                self.tables[kind][entry.iid] = entry

    def get(self, kind, iid):
        assert iid in self.tables[kind], f"{kind} {iid} is not interned"
        return self.tables[kind][iid]

    def stack(self, iid):
        """Names, outermost first."""
        names = []
        for frame in self.get("callstacks", iid).frame_ids:
            frame = self.get("frames", frame)
            mapping = self.get("mappings", frame.mapping_id)
            for path in mapping.path_string_ids:
                self.get("mapping_paths", path)
            if mapping.build_id:
                assert len(self.get("build_ids", mapping.build_id).str) >= 1
            names.append(self.get("function_names", frame.function_name_id).str.decode())
        assert names, "an empty stack"
        return names


RUNNING, RUNNABLE, PREEMPTED, DEAD, NO_STATE = "running", 0, 0x100, 0x10, 0x8000


def thread_states(events, end):
    """How long each thread was in which state, derived from the events in the order of time, as Perfetto does."""
    now, sums = {}, defaultdict(Counter)
    kinds = {RUNNING: "running", RUNNABLE: "runnable", PREEMPTED: "runnable", DEAD: "dead", NO_STATE: "none"}

    def enter(tid, state, at):
        leave(tid, at)
        if tid and tid != 2**31 - 1:
            now[tid] = (state, at)

    def leave(tid, at):
        if tid in now:
            state, since = now.pop(tid)
            sums[tid][kinds.get(state, "blocked")] += at - since

    for event in sorted(events, key=lambda event: event.timestamp):
        at = event.timestamp
        if event.HasField("sched_switch"):
            enter(event.sched_switch.prev_pid, event.sched_switch.prev_state, at)
            enter(event.sched_switch.next_pid, RUNNING, at)
        elif event.HasField("sched_waking"):
            tid = event.sched_waking.pid
            if now.get(tid, (NO_STATE, at))[0] not in (RUNNING, RUNNABLE):
                enter(tid, RUNNABLE, at)
        elif event.HasField("task_newtask"):
            enter(event.task_newtask.pid, RUNNABLE, at)
        else:
            leave(event.sched_process_free.pid, at)
    for tid in list(now):
        leave(tid, end)
    return sums


def check(path, end):
    trace = schema.Trace()
    with open(path, "rb") as file:
        trace.ParseFromString(file.read())
    strange = sorted(set(unknown_fields(trace)))
    assert not strange, f"fields that the schema has not: {strange}"

    running, states, wakers, stacks = Counter(), defaultdict(Counter), [], Counter()
    on, switches, lost_ns = {}, 0, 0
    tracks, open_slices, slices, counters = {}, defaultdict(int), Counter(), 0
    interned, cleared, clocks, names, births = Interned(), False, None, {}, []
    slice_ns, last_on_track, events = Counter(), {}, []

    for packet in trace.packet:
        if packet.HasField("clock_snapshot"):
            clocks = {clock.clock_id: clock.timestamp for clock in packet.clock_snapshot.clocks}
        if packet.sequence_flags & STATE_CLEARED:
            cleared = True
            assert packet.trace_packet_defaults.perf_sample_defaults.timebase.frequency > 0
            assert packet.system_info.utsname.sysname == "Linux"
        interned.add(packet.interned_data)
        for thread in packet.process_tree.threads:
            names[thread.tid] = thread.name
        if packet.HasField("ftrace_events"):
            cpu = packet.ftrace_events.cpu
            events.extend(packet.ftrace_events.event)
            for event in packet.ftrace_events.event:
                if event.HasField("sched_switch"):
                    switches += 1
                    switch = event.sched_switch
                    assert event.pid == switch.prev_pid
                    if cpu in on:
                        tid, since = on[cpu]
                        assert tid == switch.prev_pid, f"CPU {cpu} at {event.timestamp}: {switch.prev_pid}, not {tid}"
                        assert since <= event.timestamp, f"CPU {cpu} goes back to {event.timestamp}"
                        if tid == 2**31 - 1:
                            lost_ns += event.timestamp - since
                        elif tid:
                            running[tid] += event.timestamp - since
                            states[tid][switch.prev_state] += 1
                    else:
                        assert switch.prev_pid == 0, "nobody is known to have been there"
                    on[cpu] = (switch.next_pid, event.timestamp)
                elif event.HasField("sched_waking"):
                    wakers.append([event.sched_waking.pid, event.timestamp, event.pid, event.common_flags, cpu])
                elif event.HasField("task_newtask"):
                    births.append([event.task_newtask.pid, event.timestamp, event.pid])
                else:
                    assert event.HasField("sched_process_free"), event
        if packet.HasField("perf_sample"):
            assert cleared and packet.sequence_flags & NEEDS_STATE
            sample = packet.perf_sample
            names_of = interned.stack(sample.callstack_iid) if sample.HasField("callstack_iid") else []
            stacks[(sample.tid, ";".join(names_of))] += 1
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            assert track.uuid not in tracks, "a track is described twice"
            assert not track.parent_uuid or track.parent_uuid in tracks
            tracks[track.uuid] = track
        if packet.HasField("track_event"):
            event = packet.track_event
            assert event.track_uuid in tracks, "a track without a description"
            track = tracks[event.track_uuid]
            kind = "thread" if track.HasField("thread") or track.name == "system calls" else "disk"
            for annotation in event.debug_annotations:
                interned.get("debug_annotation_names", annotation.name_iid)
            if event.type == event.TYPE_SLICE_BEGIN:
                assert not open_slices[event.track_uuid], "slices of a track overlap"
                assert last_on_track.get(event.track_uuid, 0) <= packet.timestamp
                open_slices[event.track_uuid] = packet.timestamp
                slices[(kind, interned.get("event_names", event.name_iid).name)] += 1
            elif event.type == event.TYPE_SLICE_END:
                begin = open_slices.pop(event.track_uuid)
                assert begin <= packet.timestamp
                slice_ns[kind] += packet.timestamp - begin
                last_on_track[event.track_uuid] = packet.timestamp
            else:
                assert event.type == event.TYPE_COUNTER and track.HasField("counter")
                counters += 1

    assert {1, 3, 6} <= set(clocks) and clocks[3] == clocks[6]
    # What runs on every CPU ends with the trace.
    assert all(tid in (0, 2**31 - 1) for tid, _ in on.values()), on
    print(json.dumps({
        "running": {str(tid): ns for tid, ns in running.items()},
        "states": {str(tid): {str(state): count for state, count in own.items()} for tid, own in states.items()},
        "state_ns": {str(tid): sums for tid, sums in thread_states(events, end).items()},
        "wakers": wakers,
        "births": births,
        "samples": sum(stacks.values()),
        "stacks": [[tid, names_of, count] for (tid, names_of), count in stacks.items()],
        "switches": switches,
        "lost_ns": lost_ns,
        "calls": sum(count for (kind, _), count in slices.items() if kind == "thread"),
        "requests": sum(count for (kind, _), count in slices.items() if kind == "disk"),
        "call_names": {name: count for (kind, name), count in slices.items() if kind == "thread"},
        "slice_ns": slice_ns,
        "counters": counters,
        "open": len(open_slices),
        "names": {str(tid): name for tid, name in names.items()},
        "realtime": clocks[1],
    }))


check(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
