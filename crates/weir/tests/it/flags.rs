//! Flags that cannot be meant are refused before anything starts.

use std::process::Command;

/// What is said of flags that are refused.
#[track_caller]
fn refused(flags: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_weir")).args(flags).output().unwrap();
    assert_eq!(out.status.code(), Some(2), "{flags:?}");
    String::from_utf8(out.stderr).unwrap()
}

#[test]
fn a_certificate_without_a_tls_listener_is_refused() {
    // Neither folder nor address can be used, so that nothing runs on where the flags are taken.
    let start = ["serve", "--data", "/dev/null/none", "--admin", "192.0.2.1:1"];
    for flag in ["--tls-cert", "--tls-key"] {
        let said = refused(&[&start[..], &[flag, "any.pem"]].concat());
        assert!(said.contains("--listen-tls <ADDR>"), "{said}");
    }
}

#[test]
fn a_share_is_of_0_to_1() {
    for flag in ["--error-rate", "--cut-rate"] {
        for share in ["50", "1.01", "-0.1", "NaN", "inf", "many"] {
            let said = refused(&["simulate", "--listen", "192.0.2.1:1", &format!("{flag}={share}")]);
            assert!(said.contains("write a share of 0 to 1"), "{said}");
        }
    }
}
