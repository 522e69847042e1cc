//! `provost`: the platform on this machine, and the commands for its operators.

use std::{process::ExitCode, time::Duration};

use provost::{
    Failed, archives,
    arguments::{Command, HELP},
    fraud_rules, keys, mail_lift, operator,
    platform::Environment,
    promote, replay, seed, start, two_factor,
};

/// Exit status for an invalid command line.
const USAGE: u8 = 2;
/// How long other threads, such as one that hashes a password, may continue after the end.
const LAST_WORK: Duration = Duration::from_millis(300);

fn main() -> ExitCode {
    let command = match Command::read(std::env::args_os().skip(1)) {
        Ok(command) => command,
        Err(failed) => {
            operator::complain(&failed);
            return ExitCode::from(USAGE);
        }
    };
    let outcome = tokio::runtime::Runtime::new().map_err(Failed::from).and_then(|runtime| {
        let outcome = runtime.block_on(run(command));
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

async fn run(command: Command) -> Result<(), Failed> {
    let surroundings = Environment::of_this_process();
    match command {
        Command::Start { fresh } => start::run(&surroundings, fresh).await,
        Command::Seed { users, number } => seed::run(&surroundings, users, number).await,
        Command::Promote { email, role } => promote::run(&surroundings, &email, role).await,
        Command::TwoFactorOff { email } => two_factor::run(&surroundings, &email).await,
        Command::LiftSuppression { email } => mail_lift::run(&surroundings, &email).await,
        Command::FraudRules { version } => fraud_rules::show(&surroundings, version).await,
        Command::SetFraudRules { file } => fraud_rules::set(&surroundings, &file).await,
        Command::Verify { file, identity } => archives::verify(&file, &identity),
        Command::Decrypt { file, identity, out } => archives::decrypt(&file, &identity, out),
        Command::ReplayErasures { since, tables } => {
            replay::run(&surroundings, since, &tables).await
        }
        Command::Keys => keys::print(),
        Command::OpenApi => operator::notify(provost::openapi().trim_end()),
        Command::Help => operator::notify(HELP.trim_end()),
        Command::Version => operator::notify(concat!("provost ", env!("CARGO_PKG_VERSION"))),
    }
}
