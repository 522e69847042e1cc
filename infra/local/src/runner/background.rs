//! Deliveries while the platform runs: one task per trigger; all tasks are stopped together, and
//! only between two batches.

use super::{Inner, schedules, streams::Reader};
use crate::serve::{Running, stopped};
use crate::{QueueSource, Schedule};
use chrono::Utc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Maximum wait time of a receive in SQS.
const LONG_POLL: i32 = 20;
/// Poll interval of an idle stream; AWS polls four times a second.
const STREAM_PAUSE: Duration = Duration::from_millis(250);
/// Pause between a failure and the next attempt.
const BREATH: Duration = Duration::from_secs(1);
/// Number of batches of one queue that are processed concurrently.
const POLLERS: usize = 2;
/// Pause between two removals of expired items.
const SCAN_PAUSE: Duration = Duration::from_secs(60);
/// Maximum sleep before a schedule is checked again, since the sleep of a laptop stops the timer.
const MAX_SLEEP: Duration = Duration::from_secs(30);

pub(super) fn spawn(inner: Arc<Inner>) -> Running {
    let (stop, signal) = watch::channel(false);
    let task = tokio::spawn(async move {
        let mut tasks = JoinSet::new();
        for index in 0..inner.streams.len() {
            tasks.spawn(stream(Arc::clone(&inner), index, signal.clone()));
        }
        for source in &inner.queues {
            for _ in 0..POLLERS {
                tasks.spawn(queue(Arc::clone(&inner), source.clone(), signal.clone()));
            }
        }
        if inner.database.is_some() {
            tasks.spawn(expiry(Arc::clone(&inner), signal.clone()));
        }
        for schedule in inner
            .schedules
            .iter()
            .filter(|schedule| inner.functions.contains_key(&schedule.function))
        {
            tasks.spawn(clock(Arc::clone(&inner), schedule.clone(), signal.clone()));
        }
        while tasks.join_next().await.is_some() {}
    });
    Running::new(stop, task)
}

/// DynamoDB removes expired items by itself; the local one must be called.
async fn expiry(inner: Arc<Inner>, mut signal: watch::Receiver<bool>) {
    while pause(SCAN_PAUSE, &mut signal).await {
        let Some(database) = inner.database.clone() else {
            return;
        };
        match tokio::task::spawn_blocking(move || database.expire_items()).await {
            Ok(Ok(count)) if count > 0 => tracing::debug!(count, "{count} items had expired"),
            Ok(Err(cause)) => tracing::warn!(%cause, "expired items could not be removed"),
            _ => {}
        }
    }
}

/// Waits, unless a stop comes first; returns false if it did.
async fn pause(length: Duration, signal: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(length) => true,
        () = stopped(signal) => false,
    }
}

async fn stream(inner: Arc<Inner>, index: usize, mut signal: watch::Receiver<bool>) {
    let reader: &Reader = &inner.streams[index];
    let mut failures = 0;
    loop {
        let length = match inner.background_step(reader).await {
            Ok((true, false)) => {
                failures = 0;
                Duration::ZERO
            }
            Ok((false, _)) => STREAM_PAUSE,
            Ok((true, true)) => {
                failures = (failures + 1).min(6);
                BREATH * 2_u32.pow(failures - 1)
            }
            Err(cause) => {
                tracing::warn!("{cause}");
                BREATH
            }
        };
        if !pause(length, &mut signal).await {
            return;
        }
    }
}

async fn queue(inner: Arc<Inner>, source: QueueSource, mut signal: watch::Receiver<bool>) {
    loop {
        // Only the wait can be interrupted. A received batch is processed completely.
        let received = tokio::select! {
            biased;
            () = stopped(&mut signal) => return,
            received = inner.receive(&source.queue, source.batch_size, LONG_POLL) => received,
        };
        let outcome = match received {
            Ok(messages) => inner.hand_over(&source, messages).await,
            Err(cause) => Err(cause),
        };
        if let Err(cause) = outcome {
            tracing::warn!("{cause}");
            if !pause(BREATH, &mut signal).await {
                return;
            }
        }
    }
}

async fn clock(inner: Arc<Inner>, schedule: Schedule, mut signal: watch::Receiver<bool>) {
    while let Some(due) = schedule.timetable.next_after(Utc::now()) {
        loop {
            let left = (due - Utc::now()).to_std().unwrap_or_default();
            if left.is_zero() {
                break;
            }
            if !pause(left.min(MAX_SLEEP), &mut signal).await {
                return;
            }
        }
        let Ok(mounted) = inner.mounted(&schedule.function) else {
            return;
        };
        let event = schedules::event(&schedule, due, &inner.region);
        if let Err(message) = mounted.function.call(event, mounted.limit).await {
            tracing::warn!(function = %schedule.function, "{} failed on its schedule {}: {message}", schedule.function, schedule.name);
        }
    }
}
