//! The closed lists of what can be said of tokens and certificates on the screens. They travel as the
//! words of these lists; `text` has words for people for each, which a test holds.

macro_rules! states {
    ($($(#[$doc:meta])* $type:ident { $($(#[$of:meta])* $name:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $type { $($(#[$of])* $name,)* }

        impl $type {
            pub const ALL: &[$type] = &[$($type::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self { $($type::$name => $word,)* }
            }
        }

        impl From<$type> for String {
            fn from(state: $type) -> String {
                state.as_str().to_owned()
            }
        }
    )*};
}

states! {
    /// Why a certificate cannot sign.
    Obstacle {
        Expired = "expired",
        NotYetValid = "not-yet-valid",
        /// No private key, or one that no mechanism here signs with.
        NoKey = "no-key",
        NoSigningUsage = "no-signing-usage",
        NotRegistered = "not-registered",
        AppointmentEnded = "appointment-ended",
        /// The holder would give both signatures.
        BothRoles = "both-roles",
        /// It leads to no authority of the connection file.
        Untrusted = "untrusted",
        /// It stands on a revocation list of its authority.
        Revoked = "revoked",
    }

    /// What is known of a token's PIN and PUK before a try is spent, or was seen after one worked.
    TokenWarning {
        CountLow = "count-low",
        FinalTry = "final-try",
        Locked = "locked",
        ToBeChanged = "to-be-changed",
        /// Wrong tries were counted here, and the token tells nothing.
        Unknown = "unknown",
        /// Never used on this PC, and the token tells nothing.
        Untried = "untried",
        PukFinalTry = "puk-final-try",
        PukLocked = "puk-locked",
        DefaultPin = "default-pin",
    }

    /// A certificate or appointment that ends soon.
    CertificateWarning {
        Ends60 = "ends-60",
        Ends30 = "ends-30",
        Ends7 = "ends-7",
    }

    /// The steps of a token's test, in their order.
    TestName {
        Driver = "driver",
        Token = "token",
        Certificate = "certificate",
        Authority = "authority",
        Register = "register",
        Pin = "pin",
        Signature = "signature",
    }
}
