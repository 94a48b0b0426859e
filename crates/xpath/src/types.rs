//! The atomic types (XML Schema 1.1 part 2; `XPath` Data Model 3.1 §2.7).

/// An atomic type; those above it are `xs:anyAtomicType` and what [`Type::parent`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Type {
    AnyAtomic,
    Untyped,
    String,
    NormalizedString,
    Token,
    Language,
    NmToken,
    Name,
    NcName,
    Id,
    IdRef,
    Entity,
    Uri,
    Boolean,
    /// The union of decimals, floats and doubles (`XPath` 3.1 §2.5.1).
    Numeric,
    Decimal,
    Integer,
    NonPositiveInteger,
    NegativeInteger,
    Long,
    Int,
    Short,
    Byte,
    NonNegativeInteger,
    UnsignedLong,
    UnsignedInt,
    UnsignedShort,
    UnsignedByte,
    PositiveInteger,
    Float,
    Double,
    Duration,
    YearMonthDuration,
    DayTimeDuration,
    DateTime,
    DateTimeStamp,
    Date,
    Time,
    GYear,
    GYearMonth,
    GMonth,
    GMonthDay,
    GDay,
    HexBinary,
    Base64Binary,
    QName,
    Notation,
    /// Of no value.
    Error,
}

/// Each type with its name in the namespace of XML Schema.
const NAMES: [(Type, &str); 48] = [
    (Type::AnyAtomic, "anyAtomicType"),
    (Type::Untyped, "untypedAtomic"),
    (Type::String, "string"),
    (Type::NormalizedString, "normalizedString"),
    (Type::Token, "token"),
    (Type::Language, "language"),
    (Type::NmToken, "NMTOKEN"),
    (Type::Name, "Name"),
    (Type::NcName, "NCName"),
    (Type::Id, "ID"),
    (Type::IdRef, "IDREF"),
    (Type::Entity, "ENTITY"),
    (Type::Uri, "anyURI"),
    (Type::Boolean, "boolean"),
    (Type::Numeric, "numeric"),
    (Type::Decimal, "decimal"),
    (Type::Integer, "integer"),
    (Type::NonPositiveInteger, "nonPositiveInteger"),
    (Type::NegativeInteger, "negativeInteger"),
    (Type::Long, "long"),
    (Type::Int, "int"),
    (Type::Short, "short"),
    (Type::Byte, "byte"),
    (Type::NonNegativeInteger, "nonNegativeInteger"),
    (Type::UnsignedLong, "unsignedLong"),
    (Type::UnsignedInt, "unsignedInt"),
    (Type::UnsignedShort, "unsignedShort"),
    (Type::UnsignedByte, "unsignedByte"),
    (Type::PositiveInteger, "positiveInteger"),
    (Type::Float, "float"),
    (Type::Double, "double"),
    (Type::Duration, "duration"),
    (Type::YearMonthDuration, "yearMonthDuration"),
    (Type::DayTimeDuration, "dayTimeDuration"),
    (Type::DateTime, "dateTime"),
    (Type::DateTimeStamp, "dateTimeStamp"),
    (Type::Date, "date"),
    (Type::Time, "time"),
    (Type::GYear, "gYear"),
    (Type::GYearMonth, "gYearMonth"),
    (Type::GMonth, "gMonth"),
    (Type::GMonthDay, "gMonthDay"),
    (Type::GDay, "gDay"),
    (Type::HexBinary, "hexBinary"),
    (Type::Base64Binary, "base64Binary"),
    (Type::QName, "QName"),
    (Type::Notation, "NOTATION"),
    (Type::Error, "error"),
];

// === impl Type ===

impl Type {
    /// The type of a name in the namespace of XML Schema.
    pub(crate) fn named(local: &str) -> Option<Self> {
        NAMES.iter().find(|(_, name)| *name == local).map(|(kind, _)| *kind)
    }

    /// Its name without a prefix.
    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("anyAtomicType", |(_, name)| name)
    }

    /// The type that it is derived from; `xs:anyAtomicType` has none.
    pub(crate) fn parent(self) -> Option<Self> {
        Some(match self {
            Self::AnyAtomic => return None,
            Self::NormalizedString => Self::String,
            Self::Token => Self::NormalizedString,
            Self::Language | Self::NmToken | Self::Name => Self::Token,
            Self::NcName => Self::Name,
            Self::Id | Self::IdRef | Self::Entity => Self::NcName,
            Self::Decimal | Self::Float | Self::Double => Self::Numeric,
            Self::Integer => Self::Decimal,
            Self::NonPositiveInteger | Self::Long | Self::NonNegativeInteger => Self::Integer,
            Self::NegativeInteger => Self::NonPositiveInteger,
            Self::Int => Self::Long,
            Self::Short => Self::Int,
            Self::Byte => Self::Short,
            Self::UnsignedLong | Self::PositiveInteger => Self::NonNegativeInteger,
            Self::UnsignedInt => Self::UnsignedLong,
            Self::UnsignedShort => Self::UnsignedInt,
            Self::UnsignedByte => Self::UnsignedShort,
            Self::YearMonthDuration | Self::DayTimeDuration => Self::Duration,
            Self::DateTimeStamp => Self::DateTime,
            _ => Self::AnyAtomic,
        })
    }

    /// Whether it is another type or is derived from it.
    pub(crate) fn is(self, other: Self) -> bool {
        let mut kind = Some(self);
        while let Some(one) = kind {
            if one == other {
                return true;
            }
            kind = one.parent();
        }
        false
    }

    /// The type by whose rules its values are cast and compared: what a type of texts, whole numbers or `xs:dateTimeStamp`
    /// restricts; others stand for themselves.
    pub(crate) fn base(self) -> Self {
        match self {
            Self::DateTimeStamp => Self::DateTime,
            _ if self.is(Self::String) => Self::String,
            _ if self.is(Self::Integer) => Self::Integer,
            _ => self,
        }
    }

    /// The least and the greatest value of a type of whole numbers.
    pub(crate) fn range(self) -> std::ops::RangeInclusive<i128> {
        match self {
            Self::NonPositiveInteger => i128::MIN..=0,
            Self::NegativeInteger => i128::MIN..=-1,
            Self::Long => i64::MIN.into()..=i64::MAX.into(),
            Self::Int => i32::MIN.into()..=i32::MAX.into(),
            Self::Short => i16::MIN.into()..=i16::MAX.into(),
            Self::Byte => i8::MIN.into()..=i8::MAX.into(),
            Self::NonNegativeInteger => 0..=i128::MAX,
            Self::UnsignedLong => 0..=u64::MAX.into(),
            Self::UnsignedInt => 0..=u32::MAX.into(),
            Self::UnsignedShort => 0..=u16::MAX.into(),
            Self::UnsignedByte => 0..=u8::MAX.into(),
            Self::PositiveInteger => 1..=i128::MAX,
            _ => i128::MIN..=i128::MAX,
        }
    }
}

/// With its prefix: `xs:string`.
impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "xs:{}", self.name())
    }
}
