//! A world with a completed export and links to it.

use provost_archive::Identity;
use provost_domain::{BuiltInRole, ShareLinkId};
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("exports", fn_exports::routes().router(app.clone())),
            Function::http("downloads", fn_downloads::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("export-worker", app, fn_export_worker::handle),
        ]
    })
    .await
}

/// A completed export.
pub struct Shared<'w> {
    pub staff: Someone<'w>,
    pub job: String,
    pub identity: Identity,
}

pub async fn shared(world: &World) -> Shared<'_> {
    let (staff, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let asked =
        staff.post(&format!("/api/admin/users/{}/export-job", ada.id), json!({})).await.status(202);
    world.settle().await;
    Shared {
        staff,
        job: asked["id"].as_str().unwrap().to_owned(),
        identity: Identity::parse(asked["identity"].as_str().unwrap()).unwrap(),
    }
}

/// A link: its path and its id.
pub struct Link {
    pub path: String,
    pub id: ShareLinkId,
}

impl Shared<'_> {
    pub async fn link(&self, wishes: Value) -> Link {
        let link = self
            .staff
            .post(&format!("/api/admin/export-jobs/{}/share-link", self.job), wishes)
            .await
            .status(201);
        Link {
            path: link["url"]
                .as_str()
                .unwrap()
                .strip_prefix("https://provost.example")
                .unwrap()
                .to_owned(),
            id: link["id"].as_str().unwrap().parse().unwrap(),
        }
    }

    /// The link as the staff API lists it.
    pub async fn row(&self, link: &Link) -> Value {
        let list = self
            .staff
            .get(&format!("/api/admin/export-jobs/{}/share-links", self.job))
            .await
            .status(200);
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == link.id.to_string())
            .unwrap()
            .clone()
    }

    pub async fn revoke(&self, link: &Link) {
        self.staff
            .delete(&format!("/api/admin/export-jobs/{}/share-links/{}", self.job, link.id))
            .await
            .status(204);
    }
}

/// An unauthenticated caller that accepts HTML.
pub fn browser(world: &World) -> Someone<'_> {
    world.anyone().with_header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
}
