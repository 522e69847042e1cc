//! The command line: commands, arguments and options.

use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use provost_domain::{BuiltInRole, Email, Timestamp};

use crate::Failed;

/// Output of `provost --help`.
pub const HELP: &str = "Provost: a serverless back office for your users.

  provost [--fresh]                    start Provost on this machine, for development. --fresh deletes its data first
  provost seed [--users N] [--number N]
                                       create sample users, files and organisations (100 users by default). The same number creates the same users
  provost promote EMAIL [ROLE]         give a user a built-in role: user, staff, admin or rootAdmin (default)
  provost two-factor-off EMAIL         turn off two-factor authentication for a user who lost the device and the recovery codes
  provost mail lift EMAIL              send email again to an address whose emails bounced or were reported as spam
  provost fraud rules [VERSION]        print the current fraud rules, or those of a version
  provost fraud rules set FILE|-       replace the fraud rules with an edited copy of the printed ones
  provost export verify FILE --identity KEYFILE|-
                                       check that an archive is complete and matches its manifest
  provost export decrypt FILE --identity KEYFILE|- [--out DIRECTORY]
                                       check an archive and unpack it
  provost replay-erasures --since TIME --accounts TABLE --organisations TABLE --operations TABLE
                                       after a restore: erase in the restored tables the accounts erased since that time
  provost keys                         generate the keys of a deployment on AWS, and print where to store each
  provost openapi                      print the OpenAPI description of the API
  provost --help, --version

On this machine, Provost is for development: it listens on loopback without TLS, stores email instead of sending it, and emulates DynamoDB, S3 and SQS.
For everything else, deploy it to AWS. The README describes how.

Environment
  PORT                    port of the API on 127.0.0.1 (default 3000). 0 selects a free port
  PROVOST_DIRECTORY       folder of the local data (default .provost)
  PROVOST_ROOT_EMAIL      email address of the first root account (default root@provost.example)
  PROVOST_ROOT_PASSWORD   password of the first root account (default: generated and printed at start)
  AWS_ENDPOINT_URL_…      DYNAMODB, S3, SQS: URL of a service to use instead of the built-in one

With the environment of a deployment (infra/deploy/environment.sh prints it), `promote`, `two-factor-off`, `mail lift`, `fraud rules` and `replay-erasures` work on that deployment.

Exit status: 0 success, 1 failure, 2 invalid command line.
";

/// The names of the three restored tables. They are restored together, since one change may write
/// to all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredTables {
    /// In place of `TABLE_ACCOUNTS`.
    pub accounts: String,
    /// In place of `TABLE_ORGANISATIONS`.
    pub organisations: String,
    /// In place of `TABLE_OPERATIONS`.
    pub operations: String,
}

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start the platform.
    Start {
        /// Whether to delete the data of earlier runs first.
        fresh: bool,
    },
    /// Create sample users.
    Seed {
        /// Number of users.
        users: u32,
        /// Seed. The same number creates the same users.
        number: u64,
    },
    /// Give a user a role.
    Promote {
        /// Email address of the user.
        email: Email,
        /// Built-in role.
        role: BuiltInRole,
    },
    /// Turn off two-factor authentication for a user.
    TwoFactorOff {
        /// Email address of the user.
        email: Email,
    },
    /// Send email to an address again.
    LiftSuppression {
        /// The address.
        email: Email,
    },
    /// Print the fraud rules.
    FraudRules {
        /// Version of the rules. The current one if omitted.
        version: Option<u64>,
    },
    /// Replace the fraud rules.
    SetFraudRules {
        /// File with the rules. `-` reads standard input.
        file: PathBuf,
    },
    /// Check an archive.
    Verify {
        /// File of the archive.
        file: PathBuf,
        /// File of the age identity. `-` reads standard input.
        identity: PathBuf,
    },
    /// Check and unpack an archive.
    Decrypt {
        /// File of the archive.
        file: PathBuf,
        /// File of the age identity. `-` reads standard input.
        identity: PathBuf,
        /// Folder to unpack into. If omitted, a folder beside the archive, named after it.
        out: Option<PathBuf>,
    },
    /// Erase again, in restored tables, the accounts that were erased since a time.
    ReplayErasures {
        /// The time that the tables were restored to.
        since: Timestamp,
        /// The restored tables.
        tables: RestoredTables,
    },
    /// Generate the keys of a deployment.
    Keys,
    /// Print the OpenAPI description of the API.
    OpenApi,
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// Maximum number of users that one `seed` creates.
pub const MAX_SEEDED: u32 = 100_000;

/// The arguments and options of a command.
#[derive(Debug)]
struct Shape {
    /// Words of its name.
    name: &'static [&'static str],
    /// Required arguments, in order.
    required: &'static [&'static str],
    /// Optional arguments, after the required ones.
    optional: &'static [&'static str],
    /// Options, each with the placeholder of its value.
    options: &'static [&'static str],
}

const fn shape(
    name: &'static [&'static str],
    required: &'static [&'static str],
    optional: &'static [&'static str],
    options: &'static [&'static str],
) -> Shape {
    Shape { name, required, optional, options }
}

/// A longer name comes before its own prefix.
const SHAPES: [Shape; 13] = [
    shape(&["seed"], &[], &[], &["--users N", "--number N"]),
    shape(&["promote"], &["EMAIL"], &["ROLE"], &[]),
    shape(&["two-factor-off"], &["EMAIL"], &[], &[]),
    shape(&["mail", "lift"], &["EMAIL"], &[], &[]),
    shape(&["fraud", "rules", "set"], &["FILE"], &[], &[]),
    shape(&["fraud", "rules"], &[], &["VERSION"], &[]),
    shape(&["export", "verify"], &["FILE"], &[], &["--identity KEYFILE"]),
    shape(&["export", "decrypt"], &["FILE"], &[], &["--identity KEYFILE", "--out DIRECTORY"]),
    shape(
        &["replay-erasures"],
        &[],
        &[],
        &["--since TIME", "--accounts TABLE", "--organisations TABLE", "--operations TABLE"],
    ),
    shape(&["keys"], &[], &[], &[]),
    shape(&["openapi"], &[], &[], &[]),
    shape(&["help"], &[], &[], &[]),
    shape(&[], &[], &[], &["--fresh"]),
];
/// Options of every command.
const EVERYWHERE: [&str; 2] = ["--help", "--version"];

impl Shape {
    fn title(&self) -> String {
        [&["provost"], self.name].concat().join(" ")
    }

    fn usage(&self) -> String {
        let required = self.required.iter().map(|name| format!(" {name}"));
        let optional = self.optional.iter().map(|name| format!(" [{name}]"));
        let options = self.options.iter().map(|option| match *option {
            "--identity KEYFILE" => format!(" {option}|-"),
            option if self.name == ["replay-erasures"] => format!(" {option}"),
            option => format!(" [{option}]"),
        });
        format!("{}{}", self.title(), required.chain(optional).chain(options).collect::<String>())
    }

    /// The arguments after the name.
    fn arguments<'a>(&self, words: &'a [String]) -> Result<&'a [String], Failed> {
        let given = &words[self.name.len()..];
        if let Some(missing) = self.required.get(given.len()) {
            return Err(Failed::new(format!(
                "`{}` needs {missing}. Usage: {}",
                self.title(),
                self.usage()
            )));
        }
        if let Some(extra) = given.get(self.required.len() + self.optional.len()) {
            return Err(Failed::new(format!(
                "`{}` does not take `{extra}`. Usage: {}",
                self.title(),
                self.usage()
            )));
        }
        Ok(given)
    }
}

impl Command {
    /// Parses the arguments after the program's name.
    ///
    /// # Errors
    /// An error that names the missing or unknown part.
    pub fn read(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Self, Failed> {
        let mut parser = Parser::from_args(arguments);
        let mut words: Vec<String> = Vec::new();
        let mut given = Given::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("help") | Arg::Short('h') => return Ok(Self::Help),
                Arg::Long("version") | Arg::Short('V') => return Ok(Self::Version),
                Arg::Long("fresh") => given.fresh = true,
                Arg::Long("users") => {
                    given.users = Some(number(&mut parser, "--users", u64::from(MAX_SEEDED))?)
                }
                Arg::Long("number") => {
                    given.number = Some(number(&mut parser, "--number", u64::MAX)?)
                }
                Arg::Long("identity") | Arg::Short('i') => {
                    given.identity = Some(parser.value()?.into())
                }
                Arg::Long("out") | Arg::Short('o') => given.out = Some(parser.value()?.into()),
                Arg::Long("since") => given.since = Some(time(&mut parser)?),
                Arg::Long("accounts") => given.accounts = Some(parser.value()?.string()?),
                Arg::Long("organisations") => given.organisations = Some(parser.value()?.string()?),
                Arg::Long("operations") => given.operations = Some(parser.value()?.string()?),
                Arg::Value(word) => words.push(word.string()?),
                Arg::Long(name) => return Err(unknown_option(&format!("--{name}"))),
                Arg::Short(name) => return Err(unknown_option(&format!("-{name}"))),
            }
        }
        let shape = find(&words)?;
        let arguments = shape.arguments(&words)?;
        if let Some(option) = given.options().into_iter().find(|option| {
            !shape.options.iter().any(|taken| taken.split(' ').next() == Some(option))
        }) {
            return Err(Failed::new(format!(
                "`{}` does not take {option}. Usage: {}",
                shape.title(),
                shape.usage()
            )));
        }
        let identity = || {
            given.identity.clone().ok_or_else(|| {
                Failed::new(format!(
                    "`{}` needs --identity KEYFILE, the key that opens the archive. Usage: {}",
                    shape.title(),
                    shape.usage()
                ))
            })
        };
        Ok(match (shape.name, arguments) {
            (["seed"], _) => Self::Seed {
                users: given.users.map_or(100, |users| u32::try_from(users).unwrap_or(MAX_SEEDED)),
                number: given.number.unwrap_or(1),
            },
            (["promote"], [email]) => {
                Self::Promote { email: address(email)?, role: BuiltInRole::RootAdmin }
            }
            (["promote"], [email, role, ..]) => {
                Self::Promote { email: address(email)?, role: named(role)? }
            }
            (["two-factor-off"], [email, ..]) => Self::TwoFactorOff { email: address(email)? },
            (["mail", "lift"], [email, ..]) => Self::LiftSuppression { email: address(email)? },
            (["fraud", "rules", "set"], [file, ..]) => Self::SetFraudRules { file: file.into() },
            (["fraud", "rules"], [version, ..]) => {
                Self::FraudRules { version: Some(rules_version(version)?) }
            }
            (["fraud", "rules"], []) => Self::FraudRules { version: None },
            (["export", "verify"], [file, ..]) => {
                Self::Verify { file: file.into(), identity: identity()? }
            }
            (["export", "decrypt"], [file, ..]) => {
                Self::Decrypt { file: file.into(), identity: identity()?, out: given.out }
            }
            (["replay-erasures"], _) => {
                let needs = |option: &str| {
                    Failed::new(format!(
                        "`{}` needs {option}. Usage: {}",
                        shape.title(),
                        shape.usage()
                    ))
                };
                Self::ReplayErasures {
                    since: given.since.ok_or_else(|| needs("--since TIME"))?,
                    tables: RestoredTables {
                        accounts: given.accounts.ok_or_else(|| needs("--accounts TABLE"))?,
                        organisations: given
                            .organisations
                            .ok_or_else(|| needs("--organisations TABLE"))?,
                        operations: given.operations.ok_or_else(|| needs("--operations TABLE"))?,
                    },
                }
            }
            (["keys"], _) => Self::Keys,
            (["openapi"], _) => Self::OpenApi,
            ([], _) => Self::Start { fresh: given.fresh },
            _ => Self::Help,
        })
    }
}

/// The command whose name matches the first words.
fn find(words: &[String]) -> Result<&'static Shape, Failed> {
    let begins = |shape: &&Shape| {
        shape.name.len() <= words.len()
            && shape.name.iter().zip(words).all(|(name, word)| name == word)
    };
    let found =
        SHAPES.iter().find(begins).filter(|shape| !shape.name.is_empty() || words.is_empty());
    found.ok_or_else(|| {
        let asked = words.join(" ");
        // `fraud` alone, or an incomplete name.
        let longer = SHAPES.iter().find(|shape| {
            shape.name.len() > words.len()
                && shape.name.iter().zip(words).all(|(name, word)| name == word)
        });
        if let Some(longer) = longer {
            return Failed::new(format!(
                "`provost {asked}` is not complete. Usage: {}",
                longer.usage()
            ));
        }
        let names = SHAPES.iter().map(|shape| shape.name.join(" "));
        let meant = |name: &String| {
            words.iter().take(name.split(' ').count()).cloned().collect::<Vec<_>>().join(" ")
        };
        let nearest = nearest(names.filter(|name| !name.is_empty()), |name| meant(name));
        Failed::new(format!(
            "unknown command `{asked}`.{nearest} `provost --help` lists all commands."
        ))
    })
}

fn unknown_option(option: &str) -> Failed {
    let known = SHAPES
        .iter()
        .flat_map(|shape| shape.options)
        .filter_map(|option| option.split(' ').next())
        .chain(EVERYWHERE);
    let nearest = nearest(known.map(str::to_owned), |_| option.to_owned());
    Failed::new(format!("unknown option {option}.{nearest} `provost --help` lists all options."))
}

/// ` Did you mean …?`, if one of the candidates is similar to the given word.
fn nearest(candidates: impl Iterator<Item = String>, given: impl Fn(&String) -> String) -> String {
    let scored = candidates
        .map(|candidate| (strsim::jaro_winkler(&candidate, &given(&candidate)), candidate));
    let best =
        scored.filter(|(score, _)| *score >= 0.75).max_by(|one, other| one.0.total_cmp(&other.0));
    best.map_or_else(String::new, |(_, candidate)| format!(" Did you mean `{candidate}`?"))
}

#[derive(Debug, Default)]
struct Given {
    fresh: bool,
    users: Option<u64>,
    number: Option<u64>,
    identity: Option<PathBuf>,
    out: Option<PathBuf>,
    since: Option<Timestamp>,
    accounts: Option<String>,
    organisations: Option<String>,
    operations: Option<String>,
}

impl Given {
    fn options(&self) -> Vec<&'static str> {
        let options = [
            (self.fresh, "--fresh"),
            (self.users.is_some(), "--users"),
            (self.number.is_some(), "--number"),
            (self.identity.is_some(), "--identity"),
            (self.out.is_some(), "--out"),
            (self.since.is_some(), "--since"),
            (self.accounts.is_some(), "--accounts"),
            (self.organisations.is_some(), "--organisations"),
            (self.operations.is_some(), "--operations"),
        ];
        options.into_iter().filter(|(given, _)| *given).map(|(_, name)| name).collect()
    }
}

fn number(parser: &mut Parser, option: &str, max: u64) -> Result<u64, Failed> {
    let value = parser.value()?.string()?;
    let number = value.parse().ok().filter(|number| *number <= max);
    number.ok_or_else(|| {
        Failed::new(format!("{option} takes a number from 0 to {max}, not `{value}`"))
    })
}

fn time(parser: &mut Parser) -> Result<Timestamp, Failed> {
    let value = parser.value()?.string()?;
    value.parse().map_err(|_| {
        Failed::new(format!("--since takes a time such as 2026-11-20T16:00:00Z, not `{value}`"))
    })
}

fn address(text: &str) -> Result<Email, Failed> {
    text.parse().map_err(|error| Failed::new(format!("EMAIL `{text}`: {error}")))
}

fn named(role: &str) -> Result<BuiltInRole, Failed> {
    BuiltInRole::parse(role).ok_or_else(|| {
        Failed::new(format!(
            "ROLE `{role}` is not a built-in role. Use user, staff, admin or rootAdmin. USER, ADMIN and SUPERADMIN are accepted too."
        ))
    })
}

fn rules_version(version: &str) -> Result<u64, Failed> {
    version.parse().map_err(|_| {
        Failed::new(format!(
            "VERSION `{version}` is not a number. Give a version number, or `set FILE`."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        Command::read(line.split_whitespace().map(Into::into)).map_err(|failed| failed.to_string())
    }

    fn wrong(line: &str) -> String {
        read(line).expect_err(line)
    }

    #[test]
    fn without_arguments_the_platform_starts() {
        assert_eq!(read(""), Ok(Command::Start { fresh: false }));
        assert_eq!(read("--fresh"), Ok(Command::Start { fresh: true }));
    }

    #[test]
    fn a_role_is_read_in_both_spellings_and_defaults_to_root_admin() {
        let promote =
            |role| Ok(Command::Promote { email: "ada@example.org".parse().unwrap(), role });
        assert_eq!(read("promote Ada@example.org"), promote(BuiltInRole::RootAdmin));
        assert_eq!(read("promote ada@example.org SUPERADMIN"), promote(BuiltInRole::RootAdmin));
        assert_eq!(read("promote ada@example.org admin"), promote(BuiltInRole::Admin));
        assert!(wrong("promote ada@example.org king").contains("ROLE `king`"));
        assert!(wrong("promote ada").contains("EMAIL `ada`"));
    }

    #[test]
    fn two_factor_authentication_is_turned_off_by_email_address() {
        assert_eq!(
            read("mail lift ada@example.org"),
            Ok(Command::LiftSuppression { email: "ada@example.org".parse().unwrap() })
        );
        assert_eq!(
            read("two-factor-off ada@example.org"),
            Ok(Command::TwoFactorOff { email: "ada@example.org".parse().unwrap() })
        );
    }

    #[test]
    fn erasures_are_replayed_since_a_time_in_restored_tables() {
        let tables = RestoredTables {
            accounts: "a".to_owned(),
            organisations: "b".to_owned(),
            operations: "c".to_owned(),
        };
        let since = "2026-11-20T16:00:00Z".parse().unwrap();
        let all = "replay-erasures --since 2026-11-20T16:00:00Z --accounts a --organisations b --operations c";
        assert_eq!(read(all), Ok(Command::ReplayErasures { since, tables }));
        for option in
            ["--since 2026-11-20T16:00:00Z", "--accounts a", "--organisations b", "--operations c"]
        {
            let said = wrong(&all.replace(option, ""));
            assert!(
                said.contains(&format!("needs {}", option.split(' ').next().unwrap())),
                "{said}"
            );
        }
        assert!(wrong("replay-erasures --since yesterday").contains("--since takes a time"));
    }

    #[test]
    fn the_rules_are_printed_by_version_or_set_from_a_file() {
        assert_eq!(read("fraud rules"), Ok(Command::FraudRules { version: None }));
        assert_eq!(read("fraud rules 3"), Ok(Command::FraudRules { version: Some(3) }));
        assert_eq!(read("fraud rules set -"), Ok(Command::SetFraudRules { file: "-".into() }));
        assert!(wrong("fraud rules three").contains("VERSION `three`"));
    }

    #[test]
    fn a_missing_argument_is_named_with_the_usage() {
        for shape in &SHAPES {
            for given in 0..shape.required.len() {
                let line = [shape.name, &vec!["x"; given]].concat().join(" ");
                let said = wrong(&line);
                assert!(
                    said.contains(&format!("needs {}", shape.required[given]))
                        && said.contains(&shape.usage()),
                    "{line}: {said}"
                );
            }
        }
        assert!(wrong("export verify a.zip.age").contains("needs --identity KEYFILE"));
        assert!(wrong("seed --users").contains("--users"));
        assert!(
            wrong("fraud").contains("`provost fraud` is not complete")
                && wrong("export").contains("export verify FILE")
        );
    }

    #[test]
    fn an_extra_argument_or_an_option_of_another_command_is_named() {
        for shape in SHAPES.iter().filter(|shape| !shape.name.is_empty()) {
            let full = [shape.name, &vec!["x"; shape.required.len() + shape.optional.len()]]
                .concat()
                .join(" ");
            let said = wrong(&format!("{full} extra"));
            assert!(said.contains("`extra`") && said.contains(&shape.usage()), "{full}: {said}");
            let said = wrong(&format!("{full} --fresh"));
            assert!(said.contains("--fresh"), "{full}: {said}");
        }
        assert!(wrong("--users 3").contains("does not take --users"));
    }

    #[test]
    fn the_most_similar_name_is_suggested() {
        assert!(wrong("sed --users 3").contains("unknown command `sed`. Did you mean `seed`?"));
        assert!(wrong("promot ada@example.org").contains("Did you mean `promote`?"));
        assert!(wrong("fraud rule 3").contains("Did you mean `fraud rules`?"));
        assert!(wrong("export verfy x").contains("Did you mean `export verify`?"));
        assert!(wrong("--frsh").contains("unknown option --frsh. Did you mean `--fresh`?"));
        assert!(wrong("seed --user 3").contains("Did you mean `--users`?"));
        assert!(wrong("export verify x --identiy k").contains("Did you mean `--identity`?"));
        assert!(
            !wrong("--xyzzy").contains("Did you mean") && !wrong("xyzzy").contains("Did you mean")
        );
        assert!(wrong("-q").contains("unknown option -q"));
    }

    #[test]
    fn a_number_must_be_within_its_bounds() {
        assert_eq!(read("seed --users 3 --number 4"), Ok(Command::Seed { users: 3, number: 4 }));
        for users in ["many", "-1", "100001", "99999999999999999999"] {
            assert!(
                wrong(&format!("seed --users={users}"))
                    .contains(&format!("--users takes a number from 0 to 100000, not `{users}`"))
            );
        }
    }
}
