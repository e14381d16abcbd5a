/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Rows of calls on files and sockets, and of those of other kinds. */
#pragma once

#include "call.h"
#include "call_file.h"

#define ADDRESS_BYTES 128

struct timespec {
	__s64 seconds, ns;
};

/* Reads the number that an argument points to, of a call on a file or of a sleep. */
static __always_inline void read_value(struct call *call)
{
	const volatile struct call_shape *shape = shape_of(call->number);
	call->value = 0;
	if (shape->how & CALL_TIME) {
		struct timespec time = {};
		if (bpf_probe_read_user(&time, sizeof(time), (void *)argument(call, shape->address)))
			call->missed |= MISSED_VALUE;
		call->value = time.seconds * 1000000000 + time.ns;
	} else if ((shape->how & CALL_OFFSET_POINTER) && argument(call, shape->offset)) {
		if (bpf_probe_read_user(&call->value, sizeof(call->value),
					(void *)argument(call, shape->offset)))
			call->missed |= MISSED_VALUE;
	}
}

/* Where in the file the call began; NO_OFFSET where that has no meaning. */
static __always_inline __u64 offset_of(const struct call *call, const struct file_facts *facts,
				       __s64 ret)
{
	const volatile struct call_shape *shape = shape_of(call->number);
	__u64 given = argument(call, shape->offset);
	if (is_error(ret))
		return NO_OFFSET;
	if (shape->how & CALL_OFFSET_POINTER) {
		if (given)
			return call->missed & MISSED_VALUE ? NO_OFFSET : call->value;
	} else if (shape->offset && given != NO_OFFSET) {
		return given;
	}
	bool has_places = facts->type == FILE_TYPE_FILE || facts->type == FILE_TYPE_BLOCK;
	if (!(shape->how & CALL_POSITION) || !has_places || ret == NO_RETURN)
		return NO_OFFSET;
	struct file *file = facts->file;
	return BPF_CORE_READ(file, f_pos) - ret;
}

static __always_inline void submit_io(struct call *call, struct file_facts *facts,
				      const struct end *end)
{
	const volatile struct call_shape *shape = shape_of(call->number);
	struct io_event row = {
		.stream = STREAM_IO,
		.thread = call->thread,
		.ts = call->ts,
		.duration_ns = end->duration_ns,
		.ret = end->ret,
		.requested = argument(call, shape->size),
		.offset = offset_of(call, facts, end->ret),
		.inode = facts->inode,
		.dev = facts->dev,
		.fd = fd_argument(call, shape->fd),
		.syscall = call->number,
		.file_type = facts->type,
	};
	struct file *file = facts->file;
	if (file) {
		row.file_flags = BPF_CORE_READ(file, f_flags);
		const unsigned char *name = BPF_CORE_READ(file, f_path.dentry, d_name.name);
		if (!settings.no_paths)
			bpf_probe_read_kernel_str(row.file, sizeof(row.file), name);
	}
	read_fs(facts, row.fs);
	submit(STREAM_IO, &row, sizeof(row));
}

static __always_inline void read_address(struct call *call, char *address, __u64 size)
{
	__u32 place = shape_of(call->number)->address;
	__builtin_memset(address, 0, ADDRESS_BYTES);
	if (size > ADDRESS_BYTES)
		size = ADDRESS_BYTES;
	call->missed &= ~MISSED_ADDRESS;
	if (place && bpf_probe_read_user(address, size, (void *)argument(call, place)))
		call->missed |= MISSED_ADDRESS;
}

static __always_inline void begin_sock(struct task_struct *task, struct call *call)
{
	const volatile struct call_shape *shape = shape_of(call->number);
	union call_row *memory =
		bpf_task_storage_get(&call_rows, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!memory) {
		count(COUNTER_BUSY);
		call->source = 0;
		return;
	}
	__u64 length = argument(call, shape->address + 1);
	call->value = length;
	if (shape->how & CALL_NEW_FD) {
		/* The call will store an address there, and finds there how long it may be. */
		__u32 room = 0;
		if (shape->address)
			bpf_probe_read_user(&room, sizeof(room), (void *)length);
		call->value = room;
		length = 0;
	}
	read_address(call, memory->sock.endpoint, length);
}

/* The address that accept returned: as the caller got it, or else as the socket has it. */
static __always_inline void read_accepted(struct call *call, const struct socket_facts *socket,
					  char *address)
{
	__u32 place = shape_of(call->number)->address, length = 0;
	if (place && argument(call, place) &&
	    !bpf_probe_read_user(&length, sizeof(length), (void *)argument(call, place + 1)))
		read_address(call, address, length < call->value ? length : call->value);
	if (!address[0] && !address[1])
		read_peer(socket, address);
}

/* The new descriptor of a call that succeeded, or the one it was given. */
static __always_inline __s32 socket_fd(const struct call *call, __s64 ret)
{
	const volatile struct call_shape *shape = shape_of(call->number);
	__s32 fd = fd_argument(call, shape->fd);
	if (ret >= 0 && (shape->how & CALL_NEW_FD))
		fd = ret;
	if (!ret && (shape->how & CALL_FD_PAIR))
		bpf_probe_read_user(&fd, sizeof(fd), (void *)argument(call, 4));
	return fd;
}

static __always_inline void submit_sock(struct task_struct *task, struct call *call,
					const struct end *end)
{
	const volatile struct call_shape *shape = shape_of(call->number);
	union call_row *memory = bpf_task_storage_get(&call_rows, task, 0, 0);
	if (!memory)
		return;
	struct sock_event *row = &memory->sock;
	struct file_facts facts = {};
	struct socket_facts socket = {};
	row->fd = socket_fd(call, end->ret);
	describe(task, row->fd, &facts);
	describe_socket(&facts, &socket);
	if (!shape->fd) {
		/* As they were given: family, type with flags, protocol. */
		socket.family = argument(call, 1);
		socket.type = argument(call, 2) & 0xf;
		socket.protocol = argument(call, 3);
	}
	if (end->ret != NO_RETURN && (call->missed & MISSED_ADDRESS))
		read_address(call, row->endpoint, call->value);
	if (end->ret >= 0 && shape->fd && (shape->how & CALL_NEW_FD))
		read_accepted(call, &socket, row->endpoint);
	/* That of a unix socket is a path. */
	if (settings.no_paths && row->endpoint[0] == AF_UNIX)
		__builtin_memset(row->endpoint + 2, 0, ADDRESS_BYTES - 2);
	row->stream = STREAM_SOCK;
	row->thread = call->thread;
	row->ts = call->ts;
	row->duration_ns = end->duration_ns;
	row->ret = end->ret;
	row->inode = facts.inode;
	row->family = socket.family;
	row->socket_type = socket.type;
	row->protocol = socket.protocol;
	row->argument = argument(call, shape->flags);
	row->syscall = call->number;
	submit(STREAM_SOCK, row, sizeof(*row));
}

/* An argument at its own width; 0 where the call has not so many. */
static __always_inline __s64 number_argument(const struct call *call, __u32 which)
{
	const volatile struct call_shape *shape = shape_of(call->number);
	__s64 value = argument(call, which);
	if (which > shape->count)
		return 0;
	return shape->wide & (1 << which) ? value : (__s32)value;
}

static __always_inline void submit_misc(struct call *call, const struct end *end)
{
	bool is_time = shape_of(call->number)->how & CALL_TIME;
	if (end->ret != NO_RETURN && (call->missed & MISSED_VALUE))
		read_value(call);
	struct misc_event row = {
		.stream = STREAM_MISC,
		.thread = call->thread,
		.ts = call->ts,
		.duration_ns = end->duration_ns,
		.ret = end->ret,
		.first = is_time ? (__s64)call->value : number_argument(call, 1),
		.second = number_argument(call, 2),
		.third = number_argument(call, 3),
		.syscall = call->number,
	};
	submit(STREAM_MISC, &row, sizeof(row));
}
