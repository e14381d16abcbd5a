/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a descriptor refers to. */
#pragma once

#include "kernel.h"

#include "events.h"

#define S_ANON_INODE (1 << 19)

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

struct file_facts {
	struct file *file; /* NULL where nothing is open */
	struct super_block *super;
	__u64 inode;
	__u32 dev;
	__u8 type; /* FILE_TYPE_* */
};

static __always_inline __u8 file_type(__u32 mode)
{
	switch (mode & 0170000) {
	case 0100000:
		return FILE_TYPE_FILE;
	case 0040000:
		return FILE_TYPE_DIRECTORY;
	case 0120000:
		return FILE_TYPE_LINK;
	case 0010000:
		return FILE_TYPE_PIPE;
	case 0140000:
		return FILE_TYPE_SOCKET;
	case 0020000:
		return FILE_TYPE_CHAR;
	case 0060000:
		return FILE_TYPE_BLOCK;
	default:
		return FILE_TYPE_OTHER;
	}
}

/* Another thread may close it at any moment: then these are the facts of a moment ago, or none. */
static __always_inline void describe(struct task_struct *task, __s32 fd, struct file_facts *facts)
{
	struct files_struct *files = task->files;
	if (!files || fd < 0)
		return;
	struct fdtable *table = files->fdt;
	if ((__u32)fd >= table->max_fds)
		return;
	struct file *file = NULL;
	if (bpf_probe_read_kernel(&file, sizeof(file), table->fd + fd) || !file)
		return;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct super_block *super = BPF_CORE_READ(inode, i_sb);
	facts->file = file;
	facts->super = super;
	facts->inode = BPF_CORE_READ(inode, i_ino);
	facts->dev = BPF_CORE_READ(super, s_dev);
	/* An eventfd and its like: some kernels call them files. */
	bool is_anonymous = BPF_CORE_READ(inode, i_flags) & S_ANON_INODE;
	facts->type = is_anonymous ? FILE_TYPE_OTHER : file_type(BPF_CORE_READ(inode, i_mode));
}

/* Type of the file system; needs 32 bytes. */
static __always_inline void read_fs(const struct file_facts *facts, char *name)
{
	struct super_block *super = facts->super;
	if (super)
		bpf_probe_read_kernel_str(name, 32, BPF_CORE_READ(super, s_type, name));
}

struct socket_facts {
	struct sock *sock; /* NULL where it is no socket */
	__u32 family, type, protocol;
};

static __always_inline void describe_socket(const struct file_facts *facts,
					    struct socket_facts *found)
{
	struct file *file = facts->file;
	if (!file || facts->type != FILE_TYPE_SOCKET)
		return;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sock = BPF_CORE_READ(socket, sk);
	if (!sock)
		return;
	found->sock = sock;
	found->type = BPF_CORE_READ(socket, type);
	found->family = BPF_CORE_READ(sock, __sk_common.skc_family);
	found->protocol = BPF_CORE_READ(sock, sk_protocol);
}

/* The peer of a connected socket, as a struct sockaddr_in or sockaddr_in6. */
static __always_inline void read_peer(const struct socket_facts *socket, char *address)
{
	struct sock *sock = socket->sock;
	__u16 family = socket->family;
	bool is_v6 = family == AF_INET6;
	if (!sock || (family != AF_INET && !is_v6))
		return;
	__u16 port = BPF_CORE_READ(sock, __sk_common.skc_dport);
	__builtin_memcpy(address, &family, sizeof(family));
	__builtin_memcpy(address + 2, &port, sizeof(port));
	if (!is_v6) {
		__u32 to = BPF_CORE_READ(sock, __sk_common.skc_daddr);
		__builtin_memcpy(address + 4, &to, sizeof(to));
	} else if (bpf_core_field_exists(sock->__sk_common.skc_v6_daddr)) {
		bpf_probe_read_kernel(address + 8, 16, &sock->__sk_common.skc_v6_daddr);
	}
}
