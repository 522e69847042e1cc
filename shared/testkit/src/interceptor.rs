//! An interceptor for every call to AWS. It counts calls, prices them, kills runs, and fails writes
//! as DynamoDB does under load.
//!
//! A kill is real for the code under test: from the chosen call on, no call is sent or no response
//! arrives, and the test drops the run.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_sdk_dynamodb::operation::{
    put_item::PutItemInput, transact_write_items::TransactWriteItemsInput,
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept, SharedInterceptor,
            context::{
                BeforeDeserializationInterceptorContextMut,
                BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
                BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef, Input,
            },
        },
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use tokio::sync::Notify;

use crate::{
    faults::{Attempt, Faults, Touched, touched},
    infrastructure::infrastructure,
    meter::{Asked, Spent},
};

/// The point at which a run is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KillPoint {
    /// Before the n-th call is sent, counting from 1.
    Before(usize),
    /// After the n-th call took effect, before its response arrives.
    After(usize),
}

#[derive(Debug, Default)]
struct State {
    calls: usize,
    kill: Option<KillPoint>,
    dead: bool,
    spent: Spent,
    log: Vec<String>,
    faults: Faults,
}

/// The test's handle of its interceptor.
#[derive(Debug, Clone, Default)]
pub struct InterceptorControl {
    state: Arc<Mutex<State>>,
    killed: Arc<Notify>,
}

#[derive(Debug)]
struct AwsInterceptor(InterceptorControl);

/// An interceptor and its handle.
pub fn interceptor() -> (SharedInterceptor, InterceptorControl) {
    let control = InterceptorControl::default();
    (SharedInterceptor::new(AwsInterceptor(control.clone())), control)
}

impl InterceptorControl {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Resets all counts and lets every call pass.
    pub fn reset(&self) {
        *self.state() = State::default();
    }

    /// Resets the counts, and kills at this point.
    pub fn kill_at(&self, point: KillPoint) {
        *self.state() = State { kill: Some(point), ..State::default() };
    }

    /// Whether the kill point was reached.
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Returns when the kill point is reached.
    pub async fn killed(&self) {
        loop {
            let notified = self.killed.notified();
            if self.is_dead() {
                return;
            }
            notified.await;
        }
    }

    /// Runs a future until it ends or the kill point is reached; in that case it is dropped.
    pub async fn until_killed<T>(&self, run: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.killed() => None,
            done = run => if self.is_dead() { None } else { Some(done) },
        }
    }

    /// Number of calls.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// The operations of the calls, in order.
    pub fn log(&self) -> Vec<String> {
        self.state().log.clone()
    }

    /// The usage so far.
    pub fn spent(&self) -> Spent {
        self.state().spent.clone()
    }

    /// Fails the n-th transaction from now on, counting from 1, as if another transaction held one
    /// of its items. A retry counts as another transaction.
    pub fn conflict_once(&self, number: usize) {
        self.state().faults.conflict_once(number);
    }

    /// Fails every transaction from the n-th on.
    pub fn conflict_from(&self, number: usize) {
        self.state().faults.conflict_from(number);
    }

    /// Fails the n-th write of a single item from now on, as if a transaction held that item.
    pub fn single_conflict_once(&self, number: usize) {
        self.state().faults.single_conflict_once(number);
    }

    /// Fails every write of a single item from the n-th on.
    pub fn single_conflict_from(&self, number: usize) {
        self.state().faults.single_conflict_from(number);
    }

    /// Fails writes to an item of a transaction in progress, and transactions with an item that is
    /// being written, as DynamoDB does.
    pub fn conflict_when_writes_meet(&self) {
        self.state().faults.collide();
    }

    /// Throttles every write to a partition.
    pub fn throttle(&self, partition: &str) {
        self.state().faults.throttle(partition);
    }

    /// Number of writes that failed this way.
    pub fn refused_writes(&self) -> usize {
        self.state().faults.collisions()
    }

    fn die(&self) {
        self.state().dead = true;
        self.killed.notify_waiters();
    }
}

fn name(bag: &ConfigBag) -> String {
    bag.load::<Metadata>().map_or_else(
        || "unknown".to_owned(),
        |metadata| format!("{}.{}", metadata.service(), metadata.name()),
    )
}

/// Plausible expiry times of an item: a value outside this range in the tables' expiry attribute is
/// a bug and would lose the item.
const PLAUSIBLE: std::ops::Range<i64> = 1_700_000_000..4_102_444_800;

/// Rejects the write of an item that would expire at once, of any kind.
fn check_expiry(input: &Input) -> Result<(), BoxError> {
    let single = input.downcast_ref::<PutItemInput>().and_then(|put| put.item());
    let several = input
        .downcast_ref::<TransactWriteItemsInput>()
        .map(|all| all.transact_items())
        .unwrap_or_default();
    let attributes: BTreeSet<_> =
        infrastructure().tables.iter().filter_map(|table| table.ttl.clone()).collect();
    for item in several.iter().filter_map(|write| write.put().map(|put| put.item())).chain(single) {
        for value in attributes.iter().filter_map(|name| item.get(name)) {
            let at = value.as_n().ok().and_then(|text| text.parse::<i64>().ok());
            if !at.is_some_and(|at| PLAUSIBLE.contains(&at)) {
                return Err(format!(
                    "the item {:?} / {:?} would expire at {value:?}",
                    item.get("pk"),
                    item.get("sk")
                )
                .into());
            }
        }
    }
    Ok(())
}

impl Intercept for AwsInterceptor {
    fn name(&self) -> &'static str {
        "Seam"
    }

    // The input is not available after serialisation, so it is priced here.
    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut state = self.0.state();
        if state.dead {
            return Err("this run was killed".into());
        }
        check_expiry(context.input())?;
        bag.interceptor_state().store_put(state.spent.ask(context.input()));
        if let Some(touched) = touched(context.input()) {
            bag.interceptor_state().store_put(touched);
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(touched) = bag.load::<Touched>() {
            let attempt = self.0.state().faults.decide(touched);
            attempt.divert(context.request_mut());
            bag.interceptor_state().store_put(attempt);
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(attempt) = bag.load::<Attempt>() {
            attempt.replace(context.response_mut());
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(attempt) = bag.load::<Attempt>() {
            self.0.state().faults.landed(attempt);
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let name = name(bag);
        let mut state = self.0.state();
        if state.dead {
            return Err("this run was killed".into());
        }
        state.calls += 1;
        *state.spent.calls.entry(name.clone()).or_default() += 1;
        state.log.push(name);
        if state.kill == Some(KillPoint::Before(state.calls)) {
            drop(state);
            self.0.die();
            return Err("this run was killed".into());
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut state = self.0.state();
        if state.dead {
            return Err("this run was killed".into());
        }
        if context.response().is_none() {
            // A presigned URL was created; nothing was sent.
            state.calls = state.calls.saturating_sub(1);
            if let Some(name) = state.log.pop()
                && let Some(count) = state.spent.calls.get_mut(&name)
            {
                *count -= 1;
            }
            state.spent.calls.retain(|_, count| *count > 0);
            return Ok(());
        }
        if let (Some(asked), Some(Ok(output))) = (bag.load::<Asked>(), context.output_or_error()) {
            state.spent.answered(*asked, output);
        }
        if state.kill == Some(KillPoint::After(state.calls)) {
            drop(state);
            self.0.die();
            return Err("this run was killed".into());
        }
        Ok(())
    }
}
