//! `provost fraud rules`: prints or replaces the fraud rules. To change them, print them, edit the
//! file and set it again; the version in the file prevents operators from overwriting each other's
//! changes.

use std::{io::Read, path::Path};

use provost_app::App;
use provost_domain::{Code, fraud::RuleSet, stored_enum::only_known};
use provost_operations::{OperationError, fraud::replace_rules};

use crate::{
    Failed, operator,
    platform::{Environment, Platform},
    promote::op,
};

/// Prints the rules of a version, by default the current one.
///
/// # Errors
/// When the version does not exist, or the store is not available.
pub async fn show(surroundings: &Environment, version: Option<u64>) -> Result<(), Failed> {
    let platform = Platform::reach(surroundings).await?;
    let outcome = printed(&platform.app, version).await;
    platform.leave().await;
    operator::notify(&outcome?)
}

/// Sets the rules from a file.
///
/// # Errors
/// When the file is not valid, the rules were changed since it was printed, or the store is not
/// available.
pub async fn set(surroundings: &Environment, file: &Path) -> Result<(), Failed> {
    let text = read(file)?;
    let platform = Platform::reach(surroundings).await?;
    let outcome = replace(&platform.app, &text).await;
    platform.leave().await;
    operator::notify(&outcome?)
}

fn read(file: &Path) -> Result<String, Failed> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
        .map_err(|error| Failed::new(format!("{} cannot be read: {error}", file.display())))
}

/// The rules of a version as JSON, including defaults.
///
/// # Errors
/// When the version does not exist, or the store is not available.
pub async fn printed(app: &App, version: Option<u64>) -> Result<String, Failed> {
    let rules = match version {
        None => app.store().settings().await?.fraud,
        Some(version) => {
            let found = app.store().fraud_rules(version).await?;
            found
                .ok_or_else(|| Failed::new(format!("the fraud rules have no version {version}")))?
        }
    };
    serde_json::to_string_pretty(&rules.in_full()).map_err(|error| Failed::new(error.to_string()))
}

/// Parses and sets rules. Returns a text that says what changed.
///
/// # Errors
/// When the rules are not valid, or were changed since the file was printed.
pub async fn replace(app: &App, text: &str) -> Result<String, Failed> {
    let given: RuleSet = only_known(|| serde_json::from_str(text)).map_err(|error| {
        Failed::new(format!("the file does not contain valid fraud rules: {error}"))
    })?;
    let before = app.store().settings().await?.fraud;
    let replaced = async {
        match replace_rules(&op(app), &before, given)? {
            Some(change) => change.commit().await.map(Some),
            None => Ok(None),
        }
    };
    match replaced.await {
        Ok(Some(after)) => Ok(format!(
            "The fraud rules are now at version {}. Scans use them from now on. POST /api/admin/fraud-scan-all scans all accounts.",
            after.version
        )),
        Ok(None) => Ok(format!(
            "The rules are the same as those of version {}. Nothing changed.",
            before.version
        )),
        Err(OperationError::Refused(refused)) if refused.code == Code::StaleVersion => {
            Err(Failed::new(
                "the fraud rules have changed since this file was printed. Print them again and repeat your change.",
            ))
        }
        Err(error) => Err(error.into()),
    }
}
