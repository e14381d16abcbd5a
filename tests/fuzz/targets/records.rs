#![no_main]

libfuzzer_sys::fuzz_target!(
    init: afterwake_fuzz::prepare(afterwake_fuzz::RECORDS),
    |bytes: &[u8]| afterwake_fuzz::run(afterwake_fuzz::RECORDS, bytes)
);
