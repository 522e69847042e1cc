//! The command line: commands, arguments and options.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, value_parser};
use jiff::civil::Date;
use provost_domain::{BuiltInRole, Email, Timestamp};
use provost_merkle::checkpoint::LogKey;
use provost_search::query::csv::DateOrder;

/// Maximum number of users that one `seed` creates.
pub const MAX_SEEDED: u32 = 100_000;

const AFTER_HELP: &str = "\
Without a command, Provost starts on this machine, for development: it listens on loopback without TLS, stores email instead of sending it, and emulates DynamoDB, S3 and SQS. For everything else, deploy it to AWS. The README describes how.

Environment:
  PORT                    port of the API on 127.0.0.1 (default 3000). 0 selects a free port
  PROVOST_DIRECTORY       folder of the local data (default .provost)
  PROVOST_ROOT_EMAIL      email address of the first root account (default root@provost.example)
  PROVOST_ROOT_PASSWORD   password of the first root account (default: generated and printed at start)
  AWS_ENDPOINT_URL_…      DYNAMODB, S3, SQS: URL of a service to use instead of the built-in one

With the environment of a deployment (infra/deploy/environment.sh prints it), promote, import, two-factor-off, mail lift, fraud rules, audit check, figures rebuild and replay-erasures work on that deployment.

Exit status: 0 success, 1 failure, 2 invalid command line.";

/// Provost: a serverless back office for your users.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "provost", version, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Delete the local data before the start.
    #[arg(long)]
    pub fresh: bool,
    /// The command. Without one, the platform starts.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Create sample users, files and organisations.
    Seed {
        /// Number of users.
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(..=i64::from(MAX_SEEDED)))]
        users: u32,
        /// Seed. The same number creates the same users.
        #[arg(long, value_name = "N", default_value_t = 1)]
        number: u64,
    },
    /// Give a user a built-in role.
    Promote {
        /// Email address of the user.
        email: Email,
        /// Role: user, staff, admin or rootAdmin. USER, STAFF, ADMIN and SUPERADMIN are accepted
        /// too.
        #[arg(default_value = "rootAdmin", value_parser = role)]
        role: BuiltInRole,
    },
    /// Create the users of a table (CSV) or of lines of JSON (`.ndjson`).
    Import {
        /// The file.
        file: PathBuf,
        /// Create the users. If omitted, only what would happen is printed.
        #[arg(long)]
        execute: bool,
        /// Order of day and month in dates that are not written as 1990-05-01.
        #[arg(long, value_name = "ORDER", value_parser = date_order)]
        date_order: Option<DateOrder>,
        /// Send each new user a welcome, with a link to choose a password.
        #[arg(long)]
        send_welcome: bool,
    },
    /// Turn off two-factor authentication for a user who lost the device and the recovery codes.
    TwoFactorOff {
        /// Email address of the user.
        email: Email,
    },
    /// Manage the delivery of email.
    #[command(subcommand)]
    Mail(MailCommand),
    /// Manage fraud detection.
    #[command(subcommand)]
    Fraud(FraudCommand),
    /// Prove that the audit log is complete and unchanged.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Manage the figures of the analytics.
    #[command(subcommand)]
    Figures(FiguresCommand),
    /// Check and unpack archives of exported data.
    #[command(subcommand)]
    Export(ExportCommand),
    /// Erase, in restored tables, the accounts that were erased since the backup.
    ReplayErasures {
        /// Time that the tables were restored to, such as 2026-11-20T16:00:00Z.
        #[arg(long, value_name = "TIME")]
        since: Timestamp,
        /// The restored tables.
        #[command(flatten)]
        tables: RestoredTables,
    },
    /// Generate the keys of a deployment on AWS, and print where to store each.
    Keys,
    /// Print the OpenAPI description of the API.
    Openapi,
}

/// Commands on the delivery of email.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum MailCommand {
    /// Send email again to an address whose emails bounced or were reported as spam.
    Lift {
        /// The address.
        email: Email,
    },
}

/// Commands on fraud detection.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum FraudCommand {
    /// Print the fraud rules, or replace them.
    #[command(args_conflicts_with_subcommands = true)]
    Rules {
        /// Version to print. The current one if omitted.
        version: Option<u64>,
        /// What to do with the rules. Without a command, they are printed.
        #[command(subcommand)]
        command: Option<RulesCommand>,
    },
}

/// Commands on the fraud rules.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum RulesCommand {
    /// Replace the fraud rules with an edited copy of the printed ones.
    Set {
        /// File with the rules. `-` reads standard input.
        file: PathBuf,
    },
}

/// Commands on the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum AuditCommand {
    /// Verify downloaded proofs and checkpoints, without a connection.
    Verify {
        /// Files with the answers of `GET /api/admin/audit/logs/{id}/proof` and `GET
        /// /api/admin/audit/checkpoint`.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Public key of the log, as `keys` of an earlier checkpoint shows it. Once for each key.
        #[arg(short, long = "key", value_name = "KEY", required = true)]
        keys: Vec<LogKey>,
    },
    /// Compare every entry of the log with its newest checkpoint, and name what was changed, removed
    /// or added.
    Check,
}

/// Commands on the figures of the analytics.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum FiguresCommand {
    /// Count the audit log again, and correct the figures that differ. Sign-ins and storage are not
    /// in the log, and stay as they are.
    Rebuild {
        /// First day in UTC.
        #[arg(long, value_name = "DATE", default_value = "2026-01-01")]
        from: Date,
        /// Last day in UTC. If omitted, or later, the last one whose events are all counted.
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
        /// Print the differences and correct nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Commands on archives of exported data.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ExportCommand {
    /// Check that an archive is complete and matches its manifest.
    Verify(Archive),
    /// Check an archive and unpack it.
    Decrypt {
        /// The archive.
        #[command(flatten)]
        archive: Archive,
        /// Folder to unpack into. If omitted, a folder beside the archive, named after it.
        #[arg(short, long, value_name = "DIRECTORY")]
        out: Option<PathBuf>,
    },
}

/// An archive and the key that opens it.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Archive {
    /// File of the archive.
    pub file: PathBuf,
    /// File of the age identity that opens the archive. `-` reads standard input.
    #[arg(short, long, value_name = "KEYFILE")]
    pub identity: PathBuf,
}

/// The names of the three restored tables. They are restored together, since one change may write
/// to all of them.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct RestoredTables {
    /// Table to use in place of `TABLE_ACCOUNTS`.
    #[arg(long, value_name = "TABLE")]
    pub accounts: String,
    /// Table to use in place of `TABLE_ORGANISATIONS`.
    #[arg(long, value_name = "TABLE")]
    pub organisations: String,
    /// Table to use in place of `TABLE_OPERATIONS`.
    #[arg(long, value_name = "TABLE")]
    pub operations: String,
}

fn date_order(text: &str) -> Result<DateOrder, String> {
    match text {
        "day-month-year" => Ok(DateOrder::DayMonthYear),
        "month-day-year" => Ok(DateOrder::MonthDayYear),
        _ => Err("use day-month-year or month-day-year".to_owned()),
    }
}

fn role(name: &str) -> Result<BuiltInRole, String> {
    BuiltInRole::parse(name).ok_or_else(|| {
        "this is not a built-in role. Use user, staff, admin or rootAdmin".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, error::ErrorKind};

    use super::*;

    fn read(line: &str) -> Result<Option<Command>, String> {
        let words = std::iter::once("provost").chain(line.split_whitespace());
        Arguments::try_parse_from(words).map(|read| read.command).map_err(|error| error.to_string())
    }

    fn command(line: &str) -> Command {
        read(line).expect(line).expect("a command")
    }

    fn wrong(line: &str) -> String {
        read(line).expect_err(line)
    }

    /// The whole tree of commands holds together: names, conflicts, defaults.
    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_arguments_the_platform_starts() {
        let start = |words: &[&str]| Arguments::try_parse_from(words).expect("a start");
        assert_eq!(start(&["provost"]), Arguments { fresh: false, command: None });
        assert_eq!(start(&["provost", "--fresh"]), Arguments { fresh: true, command: None });
    }

    #[test]
    fn a_role_is_read_in_both_spellings_and_defaults_to_root_admin() {
        let promote = |role| Command::Promote { email: "ada@example.org".parse().unwrap(), role };
        assert_eq!(command("promote Ada@example.org"), promote(BuiltInRole::RootAdmin));
        assert_eq!(command("promote ada@example.org SUPERADMIN"), promote(BuiltInRole::RootAdmin));
        assert_eq!(command("promote ada@example.org admin"), promote(BuiltInRole::Admin));
        assert!(wrong("promote ada@example.org king").contains("'king' for '[ROLE]'"));
        assert!(wrong("promote ada").contains("'ada' for '<EMAIL>'"));
    }

    #[test]
    fn a_user_is_named_by_email_address() {
        let email: Email = "ada@example.org".parse().unwrap();
        assert_eq!(
            command("mail lift ada@example.org"),
            Command::Mail(MailCommand::Lift { email: email.clone() })
        );
        assert_eq!(command("two-factor-off ada@example.org"), Command::TwoFactorOff { email });
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
        assert_eq!(command(all), Command::ReplayErasures { since, tables });
        for option in
            ["--since 2026-11-20T16:00:00Z", "--accounts a", "--organisations b", "--operations c"]
        {
            let said = wrong(&all.replace(option, ""));
            let name = option.split(' ').next().unwrap();
            assert!(said.contains("required") && said.contains(name), "{said}");
        }
        assert!(wrong("replay-erasures --since yesterday").contains("'yesterday' for '--since"));
    }

    #[test]
    fn the_rules_are_printed_by_version_or_set_from_a_file() {
        let rules = |version, command| Command::Fraud(FraudCommand::Rules { version, command });
        assert_eq!(command("fraud rules"), rules(None, None));
        assert_eq!(command("fraud rules 3"), rules(Some(3), None));
        assert_eq!(
            command("fraud rules set -"),
            rules(None, Some(RulesCommand::Set { file: "-".into() }))
        );
        assert!(wrong("fraud rules three").contains("'three'"));
    }

    #[test]
    fn proofs_are_verified_with_the_keys_of_the_log() {
        let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert_eq!(
            command(&format!("audit verify a.json b.json --key {key}")),
            Command::Audit(AuditCommand::Verify {
                files: vec!["a.json".into(), "b.json".into()],
                keys: vec![key.parse().unwrap()],
            })
        );
        let said = wrong("audit verify a.json --key x");
        assert!(said.contains("'x' for '--key <KEY>'"), "{said}");
    }

    #[test]
    fn figures_are_rebuilt_by_days() {
        let rebuild = |from: &str, to: Option<&str>, dry_run| {
            let (from, to) = (from.parse().unwrap(), to.map(|to| to.parse().unwrap()));
            Command::Figures(FiguresCommand::Rebuild { from, to, dry_run })
        };
        assert_eq!(command("figures rebuild"), rebuild("2026-01-01", None, false));
        assert_eq!(
            command("figures rebuild --from 2026-11-01 --to 2026-11-07 --dry-run"),
            rebuild("2026-11-01", Some("2026-11-07"), true)
        );
        assert!(wrong("figures rebuild --from soon").contains("'soon' for '--from <DATE>'"));
    }

    #[test]
    fn a_missing_argument_is_named_with_the_usage() {
        for (line, missing) in [
            ("promote", "<EMAIL>"),
            ("two-factor-off", "<EMAIL>"),
            ("mail lift", "<EMAIL>"),
            ("fraud rules set", "<FILE>"),
            ("export verify a.zip.age", "--identity <KEYFILE>"),
            ("export decrypt --identity k", "<FILE>"),
            ("audit verify a.json", "--key <KEY>"),
            ("seed --users", "--users <N>"),
        ] {
            let said = wrong(line);
            assert!(said.contains(missing), "{line}: {said}");
            assert!(said.contains("Usage: provost") || said.contains("--help"), "{line}: {said}");
        }
        for (line, named) in [("fraud", "rules"), ("export", "verify"), ("mail", "lift")] {
            assert!(wrong(line).contains(named), "{line} lists its commands");
        }
    }

    #[test]
    fn an_extra_argument_or_an_option_of_another_command_is_named() {
        for line in ["seed", "promote ada@example.org admin", "keys", "fraud rules 3", "openapi"] {
            let said = wrong(&format!("{line} extra"));
            assert!(said.contains("'extra'"), "{line}: {said}");
            let said = wrong(&format!("{line} --fresh"));
            assert!(said.contains("'--fresh'"), "{line}: {said}");
        }
        assert!(wrong("--users 3").contains("'--users'"));
    }

    #[test]
    fn the_most_similar_name_is_suggested() {
        for (line, meant) in [
            ("sed --users 3", "'seed'"),
            ("promot ada@example.org", "'promote'"),
            ("fraud rule 3", "'rules'"),
            ("export verfy x", "'verify'"),
            ("--frsh", "'--fresh'"),
            ("seed --user 3", "'--users'"),
            ("export verify x --identiy k", "'--identity'"),
        ] {
            let said = wrong(line);
            assert!(said.contains("similar") && said.contains(meant), "{line}: {said}");
        }
        assert!(!wrong("--xyzzy").contains("similar") && !wrong("xyzzy").contains("similar"));
    }

    #[test]
    fn a_number_must_be_within_its_bounds() {
        assert_eq!(command("seed --users 3 --number 4"), Command::Seed { users: 3, number: 4 });
        assert_eq!(command("seed"), Command::Seed { users: 100, number: 1 });
        for users in ["many", "-1", "100001", "99999999999999999999"] {
            assert!(wrong(&format!("seed --users={users}")).contains(&format!("'{users}'")));
        }
    }

    #[test]
    fn help_is_no_error() {
        let error = Arguments::try_parse_from(["provost", "help"]).expect_err("help");
        assert_eq!((error.kind(), error.exit_code()), (ErrorKind::DisplayHelp, 0));
        assert!(error.to_string().contains("PROVOST_ROOT_PASSWORD"));
        let error = Arguments::try_parse_from(["provost", "sed"]).expect_err("unknown");
        assert_eq!(error.exit_code(), 2);
    }
}
