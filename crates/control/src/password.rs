//! Passwords: argon2id (RFC 9106) with the library's recommended parameters.

use argon2::Argon2;
use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
use base::Rng;

use crate::ControlError;

/// The shortest password, in characters (NIST SP 800-63B-4 §3.1.1.2 asks for 15 where it stands alone;
/// rate limits and hashing make 12 a fair bound here).
const SHORTEST: usize = 12;
/// The longest, in bytes: hashing must not be a way to burn time.
const LONGEST: usize = 256;

/// Checks and hashes a new password.
pub(crate) fn hash(password: &str) -> Result<String, ControlError> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(ControlError::at(
            "/password",
            format!("a password has {SHORTEST} to {LONGEST} characters"),
        ));
    }
    hash_any(password)
}

fn hash_any(password: &str) -> Result<String, ControlError> {
    let mut salt = [0_u8; 16];
    Rng::fill_secret(&mut salt);
    let failed = || ControlError::Internal("a password could not be hashed");
    let salt = Salt::new(&salt).map_err(|_| failed())?;
    let hash: PasswordHash = Argon2::default()
        .hash_password_customized(password.as_bytes(), &salt, None, None, argon2::Params::DEFAULT)
        .map_err(|_| failed())?;
    Ok(hash.to_string())
}

/// Whether a password is that of a hash. Without a hash it takes as long and says no, so that time does
/// not tell which addresses are known.
pub(crate) fn verify(password: &str, hash: Option<&str>) -> bool {
    let known = hash.and_then(|hash| PasswordHash::new(hash).ok());
    match known {
        Some(known) if password.len() <= LONGEST => {
            PasswordVerifier::<PasswordHash>::verify_password(&Argon2::default(), password.as_bytes(), &known)
                .is_ok()
        }
        _ => {
            hash_any("no such user").unwrap_or_default();
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_a_short_one_refused() {
        let hash = hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify("correct horse", Some(&hash)));
        assert!(!verify("correct house", Some(&hash)));
        assert!(!verify("correct horse", None));
        assert!(super::hash("short").is_err());
    }
}
