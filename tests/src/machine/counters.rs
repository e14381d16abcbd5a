//! The files of /proc of a synthetic host: a first value, and by how much it grows each second.

/// `(file, key, first value, growth per second)`.
pub fn reading(cpus: u16) -> Vec<(&'static str, String, i64, i64)> {
    let mut all: Vec<(&'static str, String, i64, i64)> = Vec::new();
    let mut put = |source, key: String, base, step| all.push((source, key, base, step));
    for cpu in 0..cpus {
        for (state, base, step) in [
            ("user", 1000, 40),
            ("nice", 5, 0),
            ("system", 500, 20),
            ("idle", 9000, 35),
            ("iowait", 60, 3),
            ("irq", 1, 0),
            ("softirq", 30, 1),
            ("steal", 20, 1),
            ("guest", 0, 0),
            ("guest_nice", 0, 0),
        ] {
            put("stat", format!("cpu{cpu}.{state}"), base, step);
        }
    }
    for (source, key, base, step) in [
        ("stat", "ctxt", 100_000, 2000),
        ("stat", "intr", 50_000, 900),
        ("stat", "btime", 1_767_320_000, 0),
        ("stat", "processes", 4000, 3),
        ("stat", "procs_running", 3, 0),
        ("stat", "procs_blocked", 1, 0),
        ("loadavg", "load1", 125, 5),
        ("loadavg", "load5", 90, 1),
        ("loadavg", "load15", 40, 0),
        ("loadavg", "running", 3, 0),
        ("loadavg", "threads", 150, 0),
        ("uptime", "uptime", 360_000, 100),
        ("meminfo", "MemTotal", 8_388_608, 0),
        ("meminfo", "MemFree", 1_000_000, -1000),
        ("meminfo", "MemAvailable", 5_000_000, -500),
        ("meminfo", "Buffers", 100_000, 10),
        ("meminfo", "Cached", 4_000_000, 500),
        ("meminfo", "SReclaimable", 200_000, 0),
        ("meminfo", "Shmem", 50_000, 0),
        ("meminfo", "SwapTotal", 2_000_000, 0),
        ("meminfo", "SwapFree", 1_500_000, 0),
        ("vmstat", "pgpgin", 10_000, 400),
        ("vmstat", "pgpgout", 20_000, 800),
        ("vmstat", "pswpin", 5, 0),
        ("vmstat", "pswpout", 9, 1),
        ("vmstat", "pgfault", 900_000, 3000),
        ("vmstat", "pgmajfault", 70, 1),
        ("diskstats", "vda.reads", 1000, 50),
        ("diskstats", "vda.reads_merged", 10, 1),
        ("diskstats", "vda.sectors_read", 80_000, 4000),
        ("diskstats", "vda.read_ms", 900, 30),
        ("diskstats", "vda.writes", 2000, 20),
        ("diskstats", "vda.writes_merged", 400, 4),
        ("diskstats", "vda.sectors_written", 90_000, 1600),
        ("diskstats", "vda.write_ms", 4000, 60),
        ("diskstats", "vda.in_flight", 1, 0),
        ("diskstats", "vda.busy_ms", 3000, 100),
        ("diskstats", "vda.weighted_ms", 4900, 90),
        ("net/dev", "eth0.rx_bytes", 1_000_000, 50_000),
        ("net/dev", "eth0.rx_packets", 9000, 100),
        ("net/dev", "eth0.tx_bytes", 700_000, 20_000),
        ("net/dev", "eth0.tx_packets", 8000, 80),
        ("snmp", "Tcp.ActiveOpens", 40, 1),
        ("snmp", "Tcp.PassiveOpens", 30, 2),
        ("snmp", "Tcp.InSegs", 9000, 90),
        ("snmp", "Tcp.OutSegs", 8000, 80),
        ("snmp", "Tcp.RetransSegs", 12, 1),
        ("snmp", "Tcp.AttemptFails", 3, 0),
        ("snmp", "Tcp.EstabResets", 2, 0),
        ("snmp", "Tcp.InErrs", 0, 0),
        ("snmp", "Tcp.OutRsts", 5, 0),
        ("netstat", "TcpExt.TCPTimeouts", 4, 0),
        ("sockstat", "TCP.inuse", 12, 0),
        ("pressure", "cpu.some.avg10", 230, 1),
        ("pressure", "cpu.some.total", 1_000_000, 20_000),
        ("pressure", "io.full.total", 500_000, 5_000),
    ] {
        put(source, key.to_owned(), base, step);
    }
    all
}
