//! What every Linux has, and what therefore tells nothing of this one.

/// Parts of paths.
const PARTS: &str = "\
usr lib lib32 lib64 libx32 libexec bin sbin local share include etc proc sys dev run var tmp home root opt srv boot \
mnt media cache log spool lock mail lost+found snap flatpak nix store x86_64-linux-gnu aarch64-linux-gnu \
i386-linux-gnu riscv64-linux-gnu powerpc64le-linux-gnu s390x-linux-gnu self thread-self fd fdinfo task ns attr \
stat statm status maps smaps smaps_rollup mem mounts mountinfo mountstats cmdline environ comm exe cwd io limits \
cgroup wchan stack sched schedstat oom_score_adj oom_adj loginuid sessionid auxv pagemap personality syscall net tcp \
tcp6 udp udp6 unix snmp snmp6 netstat sockstat route arp loadavg uptime meminfo vmstat diskstats cpuinfo version \
filesystems interrupts softirqs modules kallsyms kcore kmsg partitions swaps zoneinfo buddyinfo slabinfo pressure \
cpu memory irq kernel vm fs random boot_id uuid hostname osrelease ostype overcommit_memory pid_max threads-max \
ngroups_max cap_last_cap null zero full random urandom tty console ptmx pts shm mqueue hugepages stdin stdout \
stderr fuse kvm net tun log block class bus devices device system node cpu0 online possible present cpufreq \
topology power module firmware debug tracing bpf pci usb virtual queue size dm events passwd group shadow hosts \
hostname resolv.conf nsswitch.conf host.conf gai.conf services protocols localtime timezone profile bash.bashrc \
bashrc inputrc environment fstab mtab ld.so.cache ld.so.preload ld.so.conf ld.so.conf.d os-release lsb-release \
machine-id login.defs shells terminfo zoneinfo locale locales locale-archive locale.alias C.utf8 C.UTF-8 en_US.utf8 \
LC_ALL LC_CTYPE LC_MESSAGES LC_TIME LC_NUMERIC LC_COLLATE LC_MONETARY LC_PAPER LC_NAME LC_ADDRESS LC_TELEPHONE \
LC_MEASUREMENT LC_IDENTIFICATION SYS_LC_MESSAGES gconv gconv-modules gconv-modules.cache i18n man doc info misc \
ssl certs pki systemd dbus udev journal nscd socket system_bus_socket private user ca-certificates.crt UTC Etc \
TCP TCPv6 UDP UDPv6 RAW RAWv6 UNIX UNIX-STREAM UNIX-DGRAM UNIX-SEQPACKET NETLINK PACKET";

/// What the kernel names in brackets.
const IN_BRACKETS: &str = "\
kernel vdso vvar vsyscall stack heap anon uprobes bpf eventfd eventpoll timerfd signalfd inotify fanotify pidfd \
userfaultfd io_uring perf_event bpf-map bpf-prog bpf_link btf seccomp mount_ns landlock-ruleset secretmem";

/// Libraries, without what follows their names.
const LIBRARIES: &str = "\
libc libm libdl libpthread librt libresolv libnsl libutil libanl libcrypt libnss_files libnss_dns libnss_compat \
libnss_systemd libnss_myhostname libnss_resolve libnss_sss ld-linux ld-linux-x ld-linux-aarch ld-linux-riscv \
ld-musl-x86_ ld-musl-aarch libc.musl-x86_ libstdc++ libc++ libc++abi libgcc_s libgomp libatomic libgfortran libquadmath \
libz liblzma libbz libzstd liblz libbrotlicommon libbrotlidec libbrotlienc libssl libcrypto libgnutls libnettle libhogweed \
libgmp libmpfr libcurl libnghttp libpython libruby libperl libjvm libjava libnio libnet libzip libnode libuv libv \
libglib libgobject libgio libgmodule libgthread libffi libexpat libxml libxslt libyaml libsqlite libpcre libpcreposix \
libselinux libsepol libaudit libpam libpam_misc libcap libcap-ng libseccomp libsystemd libudev libdbus libelf libdw libbpf \
libunwind libunwind-x86_ libnuma libaio liburing libtinfo libncurses libncursesw libreadline libhistory libuuid libmount \
libblkid libkmod libacl libattr libpopt libidn libunistring libpsl libssh libkrb libgssapi_krb libcom_err libkeyutils \
libjemalloc libtcmalloc libtcmalloc_minimal libmimalloc libasan libtsan libubsan libicuuc libicudata libicui18n libprotobuf \
libevent libev libpq libmariadb libmysqlclient libX libxcb libGL libEGL libdrm libopenblas liblapack libblas";

/// Endings of file names.
const ENDINGS: &str = "\
so a o ko c h cc cpp cxx hpp rs go py pyc pyo pyi js mjs ts jsx tsx java class jar rb pl pm php lua sh bash zsh sql txt \
md html htm css xml json jsonl yaml yml toml ini conf cfg cnf log out err csv tsv db sqlite sqlite3 db-wal db-shm wal \
journal dat data bin idx index tmp temp swp bak old orig lock pid sock socket key crt pem cer p12 gz bz2 xz zst lz4 zip \
tar tgz rpm deb iso img qcow2 vmdk png jpg jpeg gif svg webp ico pdf ps mp3 mp4 mkv webm woff woff2 ttf map wasm exe \
dll service timer mount target slice scope mo po parquet arrow avro orc sst ldb ibd frm MYD MYI wake";

/// Letters of the usual names of disks, interfaces, interrupts, schedulers, file systems, and of pages summed.
const DEVICES: &str = "\
eth en eno ens enp wlan wlp wl ww lo br bond team tun tap veth vlan docker virbr dummy ip6tnl sit gre wg ib can ppp \
usb loop ram zram md dm sr fd nbd rbd nvme mmcblk sd vd hd xvd n p s f c q d x cpu virtio req input output tx rx TxRx \
config control requests event stats virtqueues balloon vblk vnet rpmb mlx comp async pages ctrl admin edge fasteoi msi \
msix PCI MSI pci ACPI acpi Ged timer rtc i8042 i801_smbus smbus ahci xhci_hcd ehci_hcd uhci_hcd ohci_hcd xhci hcd \
megasas mpt sas aac igb ixgbe i40e ice e1000e e1000 bnxt ena vmxnet hv storvsc ata_piix ata libata parport serial ttyS \
dmar AMD Vi IOMMU aerdrv pciehp PCIe PME hpet arch_timer pmu pmc uart pl gpio mmc dwc none noop deadline mq cfq bfq \
kyber accessed added dirtied removed \
ext2 ext3 ext4 xfs btrfs f2fs ntfs ntfs3 vfat msdos exfat iso9660 udf squashfs erofs cramfs romfs minix hfs hfsplus \
jfs reiserfs gfs2 ocfs2 bcachefs zfs nfs nfs4 nfsd cifs smb3 ceph afs 9p virtiofs fuse fuseblk fusectl overlay \
overlayfs aufs tmpfs ramfs rootfs devtmpfs devpts hugetlbfs proc sysfs cgroup cgroup2 cpuset securityfs selinuxfs \
debugfs tracefs configfs pstore efivarfs bpf bdev pipefs sockfs mqueue anon_inodefs anon_inode dax drm nsfs pidfs \
binfmt_misc autofs rpc_pipefs resctrl secretmem ecryptfs orangefs ubifs jffs2 zonefs guestmemfd";

/// What counters belong to, beside devices.
const COUNTED: &str = "\
Ip Ip6 Icmp Icmp6 IcmpMsg Tcp Udp Udp6 UdpLite UdpLite6 TcpExt IpExt MPTcpExt sockets TCP UDP UDPLITE RAW FRAG TCP6 \
UDP6 UDPLITE6 RAW6 FRAG6 cpu io memory irq cpu.some cpu.full io.some io.full memory.some memory.full irq.full";

/// What counters of disks and interfaces count.
const ITEMS: &str = "\
reads reads_merged sectors_read read_ms writes writes_merged sectors_written write_ms in_flight busy_ms weighted_ms \
discards discards_merged sectors_discarded discard_ms flushes flush_ms rx_bytes rx_packets rx_errors rx_dropped rx_fifo \
rx_frame rx_compressed rx_multicast tx_bytes tx_packets tx_errors tx_dropped tx_fifo tx_collisions tx_carrier \
tx_compressed user nice system idle iowait irq softirq steal guest guest_nice";

/// Functions that every program has.
const FUNCTIONS: &str =
    "main _start _init _fini __libc_start_main __libc_start_call_main start_thread clone clone3";

/// In the names of distributions, and in what they append to the version of their kernel.
const DISTRIBUTION: &str = "\
Debian GNU Linux Hurd Ubuntu LTS Red Hat Enterprise Fedora CentOS Stream Rocky AlmaLinux Oracle Server Amazon \
Alpine Arch openSUSE SUSE Leap Tumbleweed SLES Mint Gentoo NixOS Void Kali Raspbian Flatcar Bottlerocket \
Photon Mariner Azure Core release edition Edition Workstation Cloud Container Optimized OS from Google \
bullseye bookworm trixie forky sid buster stretch focal jammy noble questing plucky generic lowlatency aws azure gcp \
kvm virtual cloud amd64 arm64 x86_64 aarch64 riscv64 ppc64le s390x el7 el8 el9 el10 fc default desktop server lts rt \
hardened zen arch1 arch2 uek amzn2 amzn2023 deb12 deb13 deb11 bpo microsoft standard WSL2";

const MACHINES: &str = "x86_64 aarch64 riscv64 ppc64le s390x loongarch64 armv7l i686";

fn holds(words: &str, word: &str) -> bool {
    !word.is_empty() && words.split(' ').any(|known| known == word)
}

/// A part of a path.
pub fn part(part: &str) -> bool {
    let in_brackets = part.strip_prefix('[').and_then(|part| part.strip_suffix(']'));
    holds(PARTS, part) || in_brackets.is_some_and(|word| holds(IN_BRACKETS, word)) || library(part)
}

/// `libc.so.6`, `libglib-2.0.so.0.7400.6`, `ld-linux-x86-64.so.2`.
fn library(name: &str) -> bool {
    let is_version = |letter: char| letter.is_ascii_digit() || letter == '.' || letter == '-';
    let Some((stem, version)) = name.split_once(".so") else { return false };
    let bare = stem.trim_end_matches(is_version);
    let is_short = stem.len() - bare.len() + version.len() <= 16;
    is_short
        && version.chars().all(is_version)
        && (holds(LIBRARIES, stem) || holds(LIBRARIES, bare))
}

/// The ending of a file name with its dot and what tells its version; empty where it is nothing usual.
pub fn ending(name: &str) -> &str {
    let is_version = |letter: char| letter.is_ascii_digit() || letter == '.';
    let bare = name.trim_end_matches(is_version);
    if bare.ends_with(".so") && name.len() - bare.len() <= 12 {
        return &name[bare.len() - ".so".len()..];
    }
    match name.rfind('.') {
        Some(dot) if dot > 0 && holds(ENDINGS, &name[dot + 1..]) => &name[dot..],
        _ => "",
    }
}

/// The name of a kernel module in brackets; nothing that is mapped is called so.
pub fn module(path: &str) -> bool {
    let name = path.strip_prefix('[').and_then(|path| path.strip_suffix(']'));
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(letter))
}

/// A word in the name of a device: `nvme0n1p2`, `enp0s31f6`, `254`, `vdb`.
pub fn device(word: &str) -> bool {
    const MOST_DIGITS: usize = 5;
    let disk = |letters: &str| {
        let drive = ["sd", "vd", "hd", "xvd"].iter().find_map(|kind| letters.strip_prefix(kind));
        drive.is_some_and(|drive| {
            drive.len() <= 2 && drive.bytes().all(|byte| byte.is_ascii_lowercase())
        })
    };
    let is_digit = |letter: char| letter.is_ascii_digit();
    let mut rest = word;
    while !rest.is_empty() && !holds(DEVICES, rest) {
        let letters = &rest[..rest.find(is_digit).unwrap_or(rest.len())];
        if !(letters.is_empty() || holds(DEVICES, letters) || disk(letters)) {
            return false;
        }
        rest = &rest[letters.len()..];
        let digits = rest.find(|letter| !is_digit(letter)).unwrap_or(rest.len());
        if digits > MOST_DIGITS {
            return false;
        }
        rest = &rest[digits..];
    }
    true
}

/// A counter that belongs to no device, or to a protocol or a resource: the kernel has made up both names.
pub fn counter(owner: &str, item: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_()".contains(&byte);
    (owner.is_empty() || holds(COUNTED, owner)) && item.bytes().all(letter)
}

/// What is counted of a device.
pub fn counted(item: &str) -> bool {
    holds(ITEMS, item)
}

/// A function, whatever program it is in.
pub fn function(name: &str) -> bool {
    holds(FUNCTIONS, name)
}

/// What can be the name of a system call.
pub fn system_call(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=32).contains(&name.len()) && name.bytes().all(letter)
}

/// A word in the name of a distribution or of a kernel.
pub fn distribution(word: &str) -> bool {
    let is_number = word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    is_number || holds(DISTRIBUTION, word)
}

/// A size as `pack` tells it: `25 MB`.
pub fn size(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(number, unit)| {
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        number.len() <= 6 && is_number && ["bytes", "kB", "MB", "GB"].contains(&unit)
    })
}

/// What `uname -m` says.
pub fn machine(name: &str) -> bool {
    holds(MACHINES, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries() {
        for name in
            ["libc.so.6", "ld-linux-x86-64.so.2", "libglib-2.0.so.0.7400.6", "libpython3.11.so.1.0"]
        {
            assert!(part(name), "{name}");
        }
        for name in
            ["libacme.so", "libc.so.acme", "libc-acme.so", "libc.so.12345678901234567", ".so", "so"]
        {
            assert!(!part(name), "{name}");
        }
    }

    #[test]
    fn endings() {
        for (name, expected) in [
            ("acme.toml", ".toml"),
            ("libacme.so.1.2", ".so.1.2"),
            ("acme.so", ".so"),
            ("acme.acme", ""),
            (".toml", ""),
            ("acme", ""),
            ("acme.so.1234567890123", ""),
        ] {
            assert_eq!(ending(name), expected, "{name}");
        }
    }

    #[test]
    fn devices() {
        for word in [
            "nvme0n1p2",
            "enp0s31f6",
            "vda1",
            "sdaa",
            "eth0",
            "254",
            "ext4",
            "dm",
            "loop7",
            "9p",
            "",
        ] {
            assert!(device(word), "{word}");
        }
        for word in
            ["acme0", "eth0acme", "sdacme", "enx001122aabbcc", "123456", "vethacme", "ethacme"]
        {
            assert!(!device(word), "{word}");
        }
    }

    #[test]
    fn modules_and_functions() {
        assert!(module("[ext4]") && module("[kernel]"));
        assert!(!module("[anon:acme]") && !module("[]") && !module("/ext4"));
        assert!(function("main") && !function("acme") && !function(""));
        assert!(system_call("openat2") && !system_call("Openat") && !system_call(""));
    }
}
