//! The command line: what can be asked for, and how.

use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use provost_domain::{BuiltInRole, Email};

use crate::Failed;

/// What `provost --help` says.
pub const HELP: &str = "Provost: the backend for the people who look after a platform's users.

  provost [--fresh]                    start the whole platform on this machine
  provost seed [--users N] [--number N]
                                       add believable people, files and organisations; the same number makes the same people
  provost promote EMAIL [ROLE]         give somebody a built-in role: user, staff, admin, rootAdmin (the default)
  provost two-factor-off EMAIL         turn off the second factor of somebody who lost it with its recovery codes
  provost fraud rules [VERSION]        print the rules that look for fraud, those of today or of a version
  provost fraud rules set FILE|-       let other rules count: what was printed, changed
  provost export verify FILE --identity KEYFILE|-
                                       check that an archive is whole and holds what its manifest says
  provost export decrypt FILE --identity KEYFILE|- [--out DIRECTORY]
                                       check an archive and unpack it
  provost keys                         make the keys of a deployment on AWS, and say where each belongs
  provost openapi                      print the description of the API
  provost --help, --version

Environment
  PORT                    the port of the API on 127.0.0.1 (3000)
  PROVOST_DIRECTORY       where the local platform keeps its data (.provost)
  PROVOST_ROOT_EMAIL      the first root account (root@provost.example)
  PROVOST_ROOT_PASSWORD   its password (generated, and printed once)
  AWS_ENDPOINT_URL_…      DYNAMODB, S3, SQS: a service that runs elsewhere, instead of the built-in one

With the environment of a deployment (infra/deploy/environment.sh prints it), `promote`, `two-factor-off` and `fraud rules` work on that deployment.
";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start the platform.
    Start {
        /// Without anything from earlier runs.
        fresh: bool,
    },
    /// Add people.
    Seed {
        /// How many.
        users: u32,
        /// Which ones.
        number: u64,
    },
    /// Give somebody a role.
    Promote {
        /// Whom.
        email: Email,
        /// Which.
        role: BuiltInRole,
    },
    /// Turn a second factor off.
    TwoFactorOff {
        /// Whose.
        email: Email,
    },
    /// Print the rules that look for fraud.
    FraudRules {
        /// Which; the present ones unless given.
        version: Option<u64>,
    },
    /// Let other rules count.
    SetFraudRules {
        /// The file; `-` reads standard input.
        file: PathBuf,
    },
    /// Check an archive.
    Verify {
        /// The archive.
        file: PathBuf,
        /// The file of the key; `-` reads it from standard input.
        identity: PathBuf,
    },
    /// Check and unpack an archive.
    Decrypt {
        /// The archive.
        file: PathBuf,
        /// The file of the key; `-` reads it from standard input.
        identity: PathBuf,
        /// Where to.
        out: Option<PathBuf>,
    },
    /// Make keys.
    Keys,
    /// Print the description of the API.
    OpenApi,
    /// Print how to use this.
    Help,
    /// Print the version.
    Version,
}

impl Command {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// A sentence for what was not understood.
    pub fn read(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Self, Failed> {
        let mut parser = Parser::from_args(arguments);
        let mut words: Vec<String> = Vec::new();
        let mut given = Given::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("help") | Arg::Short('h') => return Ok(Self::Help),
                Arg::Long("version") | Arg::Short('V') => return Ok(Self::Version),
                Arg::Long("fresh") => given.fresh = true,
                Arg::Long("users") => given.users = Some(parser.value()?.parse()?),
                Arg::Long("number") => given.number = Some(parser.value()?.parse()?),
                Arg::Long("identity") | Arg::Short('i') => given.identity = Some(parser.value()?.into()),
                Arg::Long("out") | Arg::Short('o') => given.out = Some(parser.value()?.into()),
                Arg::Value(word) => words.push(word.string()?),
                other => return Err(other.unexpected().into()),
            }
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let command = match words.as_slice() {
            [] => Self::Start { fresh: std::mem::take(&mut given.fresh) },
            ["seed"] => Self::Seed { users: given.users.take().unwrap_or(100), number: given.number.take().unwrap_or(1) },
            ["promote", email] => Self::Promote { email: address(email)?, role: BuiltInRole::RootAdmin },
            ["promote", email, role] => Self::Promote { email: address(email)?, role: named(role)? },
            ["two-factor-off", email] => Self::TwoFactorOff { email: address(email)? },
            ["fraud", "rules"] => Self::FraudRules { version: None },
            ["fraud", "rules", "set", file] => Self::SetFraudRules { file: file.into() },
            ["fraud", "rules", version] => Self::FraudRules { version: Some(number(version)?) },
            ["export", "verify", file] => Self::Verify { file: file.into(), identity: given.identity()? },
            ["export", "decrypt", file] => Self::Decrypt { file: file.into(), identity: given.identity()?, out: given.out.take() },
            ["keys"] => Self::Keys,
            ["openapi"] => Self::OpenApi,
            ["help"] => Self::Help,
            _ => return Err(Failed::new(format!("there is no command `{}`; `provost --help` lists them", words.join(" ")))),
        };
        // An option that the command does not know is a mistake, and is not passed over.
        match given.left() {
            Some(option) => Err(Failed::new(format!("this command takes no {option}; `provost --help` says what it takes"))),
            None => Ok(command),
        }
    }
}

#[derive(Debug, Default)]
struct Given {
    fresh: bool,
    users: Option<u32>,
    number: Option<u64>,
    identity: Option<PathBuf>,
    out: Option<PathBuf>,
}

impl Given {
    fn identity(&mut self) -> Result<PathBuf, Failed> {
        self.identity
            .take()
            .ok_or_else(|| Failed::new("say which key opens it: --identity KEYFILE, or --identity - to give it on standard input"))
    }

    fn left(&self) -> Option<&'static str> {
        let options = [
            (self.fresh, "--fresh"),
            (self.users.is_some(), "--users"),
            (self.number.is_some(), "--number"),
            (self.identity.is_some(), "--identity"),
            (self.out.is_some(), "--out"),
        ];
        options.into_iter().find(|(given, _)| *given).map(|(_, name)| name)
    }
}

fn address(text: &str) -> Result<Email, Failed> {
    text.parse().map_err(|error| Failed::new(format!("{error}")))
}

fn named(role: &str) -> Result<BuiltInRole, Failed> {
    BuiltInRole::parse(role)
        .ok_or_else(|| Failed::new("give a built-in role: user, staff, admin or rootAdmin; also USER, ADMIN, SUPERADMIN"))
}

fn number(version: &str) -> Result<u64, Failed> {
    version.parse().map_err(|_| Failed::new(format!("`{version}` is no version of the rules; give its number, or `set FILE`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        Command::read(line.split_whitespace().map(Into::into)).map_err(|failed| failed.to_string())
    }

    #[test]
    fn without_arguments_the_platform_starts() {
        assert_eq!(read(""), Ok(Command::Start { fresh: false }));
        assert_eq!(read("--fresh"), Ok(Command::Start { fresh: true }));
    }

    #[test]
    fn a_role_has_both_spellings_and_root_is_what_one_usually_means() {
        let promote = |role| Ok(Command::Promote { email: "ada@example.org".parse().unwrap(), role });
        assert_eq!(read("promote Ada@example.org"), promote(BuiltInRole::RootAdmin));
        assert_eq!(read("promote ada@example.org SUPERADMIN"), promote(BuiltInRole::RootAdmin));
        assert_eq!(read("promote ada@example.org admin"), promote(BuiltInRole::Admin));
        assert!(read("promote ada@example.org king").is_err());
        assert!(read("promote ada").is_err());
    }

    #[test]
    fn a_second_factor_is_turned_off_for_an_address() {
        assert_eq!(read("two-factor-off ada@example.org"), Ok(Command::TwoFactorOff { email: "ada@example.org".parse().unwrap() }));
        assert!(read("two-factor-off").is_err());
    }

    #[test]
    fn the_rules_are_printed_by_version_or_set_from_a_file() {
        assert_eq!(read("fraud rules"), Ok(Command::FraudRules { version: None }));
        assert_eq!(read("fraud rules 3"), Ok(Command::FraudRules { version: Some(3) }));
        assert_eq!(read("fraud rules set -"), Ok(Command::SetFraudRules { file: "-".into() }));
        assert!(read("fraud rules set").unwrap_err().contains("no version"));
    }

    #[test]
    fn what_is_not_understood_is_not_passed_over() {
        assert!(read("sed --users 3").unwrap_err().contains("no command `sed`"));
        assert!(read("seed --fresh").unwrap_err().contains("takes no --fresh"));
        assert!(read("seed --users many").is_err());
        assert!(read("--colour").is_err());
        assert!(read("export verify a.zip.age").unwrap_err().contains("--identity"));
    }
}
