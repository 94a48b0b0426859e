//! vendors' wire formats and the sample shop
