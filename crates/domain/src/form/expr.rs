//! The text form of [`Expr`]: reading and writing. Nothing beyond `+ − sum if`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Expr;

/// Why a formula in a form file cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("cannot read formula at {rest:?}")]
pub struct ExprError {
    /// What was left when reading stopped.
    pub rest: String,
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Value(id) => f.write_str(id),
            Expr::Number(n) => write!(f, "{n}"),
            Expr::Add(a, b) => write!(f, "{a} + {b}"),
            // `a - (b + c)` keeps its brackets: subtraction reads from the left
            Expr::Sub(a, b) => match **b {
                Expr::Add(..) | Expr::Sub(..) => write!(f, "{a} - ({b})"),
                _ => write!(f, "{a} - {b}"),
            },
            Expr::Sum {
                block,
                column,
                group: None,
            } => write!(f, "sum({block}.{column})"),
            Expr::Sum {
                block,
                column,
                group: Some(g),
            } => write!(f, "sum({block}.{column}, {g})"),
            Expr::If(tick, a, b) => write!(f, "if({tick}, {a}, {b})"),
        }
    }
}

impl FromStr for Expr {
    type Err = ExprError;

    fn from_str(s: &str) -> Result<Self, ExprError> {
        let mut reader = Reader { rest: s };
        let expr = reader.sum()?;
        reader.skip_space();
        if reader.rest.is_empty() {
            Ok(expr)
        } else {
            Err(reader.error())
        }
    }
}

/// A recursive-descent reader over what is left of the text.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn error(&self) -> ExprError {
        ExprError {
            rest: self.rest.to_owned(),
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), ExprError> {
        if self.take(token) {
            Ok(())
        } else {
            Err(self.error())
        }
    }

    /// An id: ASCII letters, digits, `_`, `-` inside, starting with a letter.
    fn id(&mut self) -> Result<&'a str, ExprError> {
        self.skip_space();
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(self.rest.len());
        let (id, rest) = self.rest.split_at(end);
        if !id.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(self.error());
        }
        self.rest = rest;
        Ok(id)
    }

    fn sum(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.term()?;
        loop {
            if self.take("+") {
                left = Expr::Add(Box::new(left), Box::new(self.term()?));
            } else if self.take("-") {
                left = Expr::Sub(Box::new(left), Box::new(self.term()?));
            } else {
                return Ok(left);
            }
        }
    }

    fn term(&mut self) -> Result<Expr, ExprError> {
        if self.take("(") {
            let inner = self.sum()?;
            self.expect(")")?;
            return Ok(inner);
        }
        self.skip_space();
        let digits = self.rest.len()
            - self
                .rest
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        if digits > 0 {
            let (number, rest) = self.rest.split_at(digits);
            let n = number.parse().map_err(|_| self.error())?;
            self.rest = rest;
            return Ok(Expr::Number(n));
        }
        let id = self.id()?;
        match id {
            "sum" if self.take("(") => {
                let block = self.id()?.to_owned();
                self.expect(".")?;
                let column = self.id()?.to_owned();
                let group = if self.take(",") {
                    Some(self.id()?.to_owned())
                } else {
                    None
                };
                self.expect(")")?;
                Ok(Expr::Sum {
                    block,
                    column,
                    group,
                })
            }
            "if" if self.take("(") => {
                let tick = self.id()?.to_owned();
                self.expect(",")?;
                let then = self.sum()?;
                self.expect(",")?;
                let otherwise = self.sum()?;
                self.expect(")")?;
                Ok(Expr::If(tick, Box::new(then), Box::new(otherwise)))
            }
            _ => Ok(Expr::Value(id.to_owned())),
        }
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
