//! An export and a deletion of one user, in every interleaving of their steps: either the export
//! ends before the point of no return, or it never starts. No archive outlives the receipt.

use std::sync::Arc;

use bytes::Bytes;
use fn_deletion_worker::{
    fence::{self, Fenced},
    run::{Run, Stop},
    steps::STEPS,
};
use provost_domain::{
    deletion::DeletionState,
    export::{ExportJob, ExportStatus, Progress, object_key},
};
use provost_jobs::Deadline;
use provost_store::Conflict;
use provost_testkit::World;

use crate::person::{Subject, deliver, is_erased, job, person, schedule};

/// How the export ends, unless the erasure prevents it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Completed,
    Failed,
    Cancelled,
}

/// The steps of the export: requested, claimed by a worker, archive written, ended.
const EXPORT_MOVES: usize = 4;
/// The steps of the deletion after the point of no return, in three pieces.
const PIECES: [std::ops::Range<usize>; 3] = [0..3, 3..6, 6..9];

struct Export<'w> {
    world: &'w World,
    job: ExportJob,
    ending: Ending,
    moves: usize,
    refused: bool,
}

impl Export<'_> {
    async fn step(&mut self) {
        let (app, store, now) = (&self.world.app, self.world.app.store(), self.world.app.now());
        self.moves += 1;
        if self.refused {
            return;
        }
        match self.moves {
            1 => {
                let mut tx = app.transaction();
                tx.create_export(&self.job, now).expect("a job");
                match tx.commit().await {
                    Ok(()) => {}
                    Err(error) => {
                        assert_eq!(
                            error.conflict(),
                            Some(Conflict::Erasing),
                            "only an erasure blocks it"
                        );
                        self.refused = true;
                    }
                }
            }
            2 => {
                self.job = self.job.clone().start().expect("it is queued");
                assert!(
                    store.write_claim(&self.job, now).await.expect("the table responds"),
                    "no erasure has started"
                );
            }
            3 => store
                .put_object(
                    &store.names().exports,
                    &object_key(self.job.id),
                    "application/octet-stream",
                    Bytes::from_static(b"sealed"),
                )
                .await
                .expect("an archive"),
            _ => self.end().await,
        }
    }

    async fn end(&mut self) {
        let now = self.world.app.now();
        let mut tx = self.world.app.transaction();
        match self.ending {
            Ending::Completed => {
                tx.complete_export(&self.job, 6, "00", &Progress::default(), now).expect("it ends")
            }
            Ending::Failed => {
                tx.fail_export(&self.job, "It could not be written.", now).expect("it ends")
            }
            Ending::Cancelled => tx
                .cancel_export(
                    &self.job.clone().cancel(now).expect("it is running"),
                    ExportStatus::Running,
                    now,
                )
                .expect("it ends"),
        }
        tx.commit().await.expect("the run owns the job, since no erasure has started");
    }
}

struct Deletion<'w> {
    world: &'w World,
    subject: &'w Subject,
    run: Option<Run>,
    piece: usize,
}

impl Deletion<'_> {
    async fn step(&mut self) {
        if self.run.is_none() {
            match fence::pass(&self.world.app, self.subject.request).await {
                Ok(Fenced::Through(request, user)) => {
                    self.run = Some(Run {
                        app: self.world.app.clone(),
                        request: *request,
                        user,
                        deadline: Deadline::within(std::time::Duration::from_secs(900)),
                    });
                }
                // The queue delivers the message again; this counts as a turn.
                Err(Stop::Wait(_)) => {}
                other => panic!("{other:?}"),
            }
            return;
        }
        let (Some(run), Some(piece)) = (&mut self.run, PIECES.get(self.piece)) else { return };
        for step in &STEPS[piece.clone()] {
            (step.work)(run).await.expect("no other run interferes");
        }
        self.piece += 1;
    }
}

async fn play(world: &World, number: usize, order: u32, turns: usize, ending: Ending) {
    let subject = schedule(world, person(world, number).await).await;
    let mut export =
        Export { world, job: job(world, subject.id), ending, moves: 0, refused: false };
    let mut deletion = Deletion { world, subject: &subject, run: None, piece: 0 };
    for turn in 0..turns {
        if order >> turn & 1 == 1 {
            export.step().await
        } else {
            deletion.step().await
        }
        let past = deletion.run.is_some();
        if past {
            assert!(
                world
                    .app
                    .store()
                    .export_under_way(subject.id)
                    .await
                    .expect("the table responds")
                    .is_none(),
                "{order:b} {ending:?}: an export is running past the point of no return"
            );
        }
    }
    // The remaining steps of the export run now.
    while export.moves < EXPORT_MOVES {
        export.step().await;
    }
    assert!(deliver(world, subject.request).await, "{order:b} {ending:?}");
    assert_eq!(crate::person::stands(world, subject.request).await.state, DeletionState::Erased);
    is_erased(world, &subject).await;
    assert!(
        world
            .app
            .store()
            .object_size(&world.app.store().names().exports, &object_key(export.job.id))
            .await
            .expect("the bucket responds")
            .is_none(),
        "{order:b} {ending:?}: an archive outlived the receipt"
    );
    assert!(world.app.store().export(export.job.id).await.expect("the table responds").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_archive_outlives_the_receipt_in_any_interleaving() {
    // The deletion takes four turns: the point of no return and three pieces. The test covers every
    // interleaving with the four steps of the export.
    let turns = EXPORT_MOVES + PIECES.len() + 1;
    let orders: Vec<_> = (0..1_u32 << turns)
        .filter(|order| order.count_ones() == u32::try_from(EXPORT_MOVES).unwrap_or(0))
        .collect();
    // No export starts during an erasure, so the ending matters only in orders where the export
    // starts first.
    let played_out: Vec<_> = orders
        .iter()
        .flat_map(|order| {
            [Ending::Completed, Ending::Failed, Ending::Cancelled].map(|ending| (*order, ending))
        })
        .filter(|(order, ending)| order & 0b11 == 0b11 || *ending == Ending::Completed)
        .collect();
    let played_out = Arc::new(played_out);
    let lanes: Vec<_> = (0..4)
        .map(|lane| {
            let played_out = played_out.clone();
            tokio::spawn(async move {
                let world = World::of(|_| Vec::new()).await;
                for (number, (order, ending)) in played_out.iter().enumerate().skip(lane).step_by(4)
                {
                    play(&world, number, *order, turns, *ending).await;
                }
            })
        })
        .collect();
    for lane in lanes {
        lane.await.expect("every order succeeds");
    }
}
