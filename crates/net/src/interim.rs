//! The way back for interim answers (RFC 9110 §15.2) while the final one is being made.

use std::fmt;
use std::sync::Arc;

use message::Fields;

use crate::h1::Link;
use crate::h2::Interims;

/// Sends interim answers to the client of one call. The default sends to nobody.
#[derive(Clone, Default)]
pub struct Interim(Way);

#[derive(Clone, Default)]
enum Way {
    #[default]
    Nowhere,
    H1 {
        link: Arc<Link>,
        request: u32,
    },
    H2(Arc<Interims>),
}

impl Interim {
    pub(crate) fn h1(link: Arc<Link>, request: u32) -> Self {
        Self(Way::H1 { link, request })
    }

    pub(crate) fn h2(interims: Arc<Interims>) -> Self {
        Self(Way::H2(interims))
    }

    /// Sends `status` (102 to 199) with `fields`. Never blocks; does nothing once the final answer has
    /// begun, and for a client of HTTP/1.0, which knows no interim answers.
    pub fn send(&self, status: u16, fields: Fields) {
        if !(102..=199).contains(&status) {
            return;
        }
        match &self.0 {
            Way::Nowhere => {}
            Way::H1 { link, request } => link.interim(*request, status, &fields),
            Way::H2(interims) => interims.push(status, fields),
        }
    }
}

impl fmt::Debug for Interim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Way::Nowhere => "Interim(nowhere)",
            Way::H1 { .. } => "Interim(h1)",
            Way::H2(_) => "Interim(h2)",
        })
    }
}
