//! `provost`: the platform on this machine, and the commands for its operators.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use provost::{
    Failed, archives,
    arguments::{
        Arguments, AuditCommand, Command, ExportCommand, FiguresCommand, FraudCommand, MailCommand,
        RulesCommand,
    },
    audit,
    figures_rebuild::{self, Rebuild},
    fraud_rules, keys, mail_lift, operator,
    platform::Environment,
    promote, replay, seed, start, two_factor,
    users::import::{self, ImportSettings},
};

/// How long other threads, such as one that hashes a password, may continue after the end.
const LAST_WORK: Duration = Duration::from_millis(300);

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => {
            // If this fails, the exit status still tells help from an error.
            let _ = message.print();
            return u8::try_from(message.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let outcome = tokio::runtime::Runtime::new().map_err(Failed::from).and_then(|runtime| {
        let outcome = runtime.block_on(run(arguments));
        runtime.shutdown_timeout(LAST_WORK);
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            operator::complain(&failed);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failed> {
    let environment = Environment::of_this_process();
    let Some(command) = arguments.command else {
        return start::run(&environment, arguments.fresh).await;
    };
    match command {
        Command::Seed { users, number } => seed::run(&environment, users, number).await,
        Command::Promote { email, role } => promote::run(&environment, &email, role).await,
        Command::Import { file, execute, date_order, send_welcome } => {
            let settings = ImportSettings { execute, date_order, send_welcome };
            import::run(&environment, &file, settings).await
        }
        Command::TwoFactorOff { email } => two_factor::run(&environment, &email).await,
        Command::Mail(MailCommand::Lift { email }) => mail_lift::run(&environment, &email).await,
        Command::Fraud(FraudCommand::Rules { command: None, version }) => {
            fraud_rules::show(&environment, version).await
        }
        Command::Fraud(FraudCommand::Rules {
            command: Some(RulesCommand::Set { file }), ..
        }) => fraud_rules::set(&environment, &file).await,
        Command::Export(ExportCommand::Verify(archive)) => {
            archives::verify(&archive.file, &archive.identity)
        }
        Command::Export(ExportCommand::Decrypt { archive, out }) => {
            archives::decrypt(&archive.file, &archive.identity, out)
        }
        Command::Audit(AuditCommand::Verify { files, keys }) => audit::verify::run(&files, &keys),
        Command::Audit(AuditCommand::Check) => audit::check::run(&environment).await,
        Command::Figures(FiguresCommand::Rebuild { from, to, dry_run }) => {
            figures_rebuild::run(&environment, Rebuild { from, to, dry_run }).await
        }
        Command::ReplayErasures { since, tables } => {
            replay::run(&environment, since, &tables).await
        }
        Command::Keys => keys::print(),
        Command::Openapi => operator::notify(provost::OPENAPI.trim_end()),
    }
}
