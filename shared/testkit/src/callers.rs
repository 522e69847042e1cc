//! Records which function made which call to tables, buckets, queues and keys, by function name;
//! the calls are compared with the function's role when the world ends.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write as _,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_s3::operation::{
    abort_multipart_upload::AbortMultipartUploadInput,
    complete_multipart_upload::CompleteMultipartUploadInput,
    create_multipart_upload::CreateMultipartUploadInput, delete_object::DeleteObjectInput,
    delete_objects::DeleteObjectsInput, get_object::GetObjectInput, head_object::HeadObjectInput,
    list_multipart_uploads::ListMultipartUploadsInput,
    list_object_versions::ListObjectVersionsInput, list_objects_v2::ListObjectsV2Input,
    list_parts::ListPartsInput, put_object::PutObjectInput, upload_part::UploadPartInput,
};
use aws_sdk_sqs::operation::{
    send_message::SendMessageInput, send_message_batch::SendMessageBatchInput,
};
use aws_smithy_runtime_api::client::interceptors::context::Input;
use provost_app::key_source::Watch;
use provost_local::{Function, Invocation};
use provost_store::signed::Request;

use crate::right::{Right, shape, short};

/// The rights that functions used, by function name.
type Rights = BTreeMap<String, BTreeSet<Right>>;

/// The calls of the functions of a world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<Rights>>);

tokio::task_local! {
    static CALLER: (String, Calls);
}

impl Calls {
    /// The function with recording of its calls.
    pub fn of(&self, function: Function) -> Function {
        let (calls, name, invoke) = (self.clone(), function.name.clone(), function.invoke);
        let noted = move |event: serde_json::Value, invocation: Invocation| {
            let run = CALLER.scope((name.clone(), calls.clone()), invoke(event, invocation));
            Box::pin(run) as Pin<Box<dyn Future<Output = _> + Send>>
        };
        Function { name: function.name, invoke: Arc::new(noted) }
    }

    pub fn rights(&self) -> Rights {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Records a call of the running function. Calls of the test itself belong to no function.
pub(crate) fn note(right: &Right) {
    let _ = CALLER.try_with(|(name, calls)| {
        let mut rights = calls.0.lock().unwrap_or_else(PoisonError::into_inner);
        rights.entry(name.clone()).or_default().insert(right.clone());
    });
}

/// Records which keys are read.
pub(crate) fn watch() -> Watch {
    Arc::new(|name| {
        note(&Right {
            action: "ssm:GetParameter".to_owned(),
            on: format!("ssm:{name}"),
            leading: Vec::new(),
        })
    })
}

/// The rights that a call to S3 or SQS requires, by "Actions, resources, and condition keys for
/// Amazon S3" of the Service Authorization Reference.
pub(crate) fn of_other_services(input: &Input) -> Vec<Right> {
    let bucket = |name: Option<&str>| format!("s3:{}", short(name.unwrap_or_default()));
    let on_object = |action: &str, name: Option<&str>, key: Option<&str>| {
        vec![Right {
            action: format!("s3:{action}"),
            on: format!("{}/{}", bucket(name), key.unwrap_or_default()),
            leading: Vec::new(),
        }]
    };
    let on_bucket = |action: &str, name: Option<&str>, prefix: Option<&str>| {
        vec![Right {
            action: format!("s3:{action}"),
            on: bucket(name),
            leading: vec![prefix.unwrap_or_default().to_owned()],
        }]
    };
    let removal = |version: Option<&str>| {
        if version.is_some() { "DeleteObjectVersion" } else { "DeleteObject" }
    };
    let queue = |url: Option<&str>| {
        let name =
            url.and_then(|url| url.rsplit('/').next()?.split_once('-')).unwrap_or_default().1;
        vec![Right {
            action: "sqs:SendMessage".to_owned(),
            on: format!("sqs:{name}"),
            leading: Vec::new(),
        }]
    };
    // Calls that the store signs itself.
    let signed = |request: &Request| {
        if request.operation() == "GetMetricData" {
            // AWS knows no resources for it.
            let action = "cloudwatch:GetMetricData".to_owned();
            return vec![Right { action, on: "*".to_owned(), leading: Vec::new() }];
        }
        let (path, query) = request.path().split_once('?').unwrap_or((request.path(), ""));
        let Some((name, key)) = path.trim_start_matches('/').split_once('/') else {
            return Vec::new();
        };
        let version = query.contains("versionId=").then_some(query);
        match request.operation() {
            "DeleteObject" => on_object(removal(version), Some(name), Some(key)),
            "HeadObject" => on_object("GetObject", Some(name), Some(key)),
            operation => on_object(operation, Some(name), Some(key)),
        }
    };
    macro_rules! each {
        ($($kind:ty, $call:ident => $rights:expr;)*) => {
            $(if let Some($call) = input.downcast_ref::<$kind>() { return $rights; })*
        };
    }
    each! {
        PutObjectInput, call => on_object("PutObject", call.bucket(), call.key());
        CreateMultipartUploadInput, call => on_object("PutObject", call.bucket(), call.key());
        UploadPartInput, call => on_object("PutObject", call.bucket(), call.key());
        CompleteMultipartUploadInput, call => on_object("PutObject", call.bucket(), call.key());
        AbortMultipartUploadInput, call => on_object("AbortMultipartUpload", call.bucket(), call.key());
        ListPartsInput, call => on_object("ListMultipartUploadParts", call.bucket(), call.key());
        GetObjectInput, call => on_object("GetObject", call.bucket(), call.key());
        HeadObjectInput, call => on_object("GetObject", call.bucket(), call.key());
        DeleteObjectInput, call => on_object(removal(call.version_id()), call.bucket(), call.key());
        DeleteObjectsInput, call => call.delete().into_iter().flat_map(|delete| delete.objects())
            .flat_map(|object| on_object(removal(object.version_id()), call.bucket(), Some(object.key()))).collect();
        ListObjectsV2Input, call => on_bucket("ListBucket", call.bucket(), call.prefix());
        ListObjectVersionsInput, call => on_bucket("ListBucketVersions", call.bucket(), call.prefix());
        ListMultipartUploadsInput, call => on_bucket("ListBucketMultipartUploads", call.bucket(), call.prefix());
        SendMessageInput, call => queue(call.queue_url());
        SendMessageBatchInput, call => queue(call.queue_url());
        Request, call => signed(call);
    }
    Vec::new()
}

/// A right without ids.
fn outline(right: &Right) -> String {
    let parts = |text: &str| {
        let outlined = text
            .split('/')
            .map(|part| if part.contains(':') { part.to_owned() } else { shape(part) });
        outlined.collect::<Vec<_>>().join("/")
    };
    let on = if right.action.starts_with("s3:") { parts(&right.on) } else { right.on.clone() };
    let leading: Vec<_> = right.leading.iter().map(|key| parts(key)).collect();
    format!("{}\t{on}\t{}", right.action, leading.join("\t"))
}

/// Adds the used rights to the folder in `PROVOST_CALLS`, without ids: `infra/lint/rights.py`
/// searches there for unused rights.
pub(crate) fn record(called: &Rights) {
    static WRITTEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Some(folder) = std::env::var_os("PROVOST_CALLS") else { return };
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = String::new();
    for (function, rights) in called {
        for right in rights {
            let line = format!("{function}\t{}", outline(right));
            if written.insert(line.clone()) {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    let path = Path::new(&folder).join(format!("{}.txt", std::process::id()));
    let file = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::OpenOptions::new().create(true).append(true).open(&path));
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
}
