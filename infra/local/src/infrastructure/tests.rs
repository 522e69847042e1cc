use super::*;

const TEMPLATE: &str = r#"
Parameters: { Limit: { Type: Number, Default: 60 } }
Globals:
  Function:
    Timeout: 10
    Environment:
      Variables:
        STAGE: test
        TABLE_OPERATIONS: !GetAtt Data.Outputs.OperationsTable
        QUEUE_MAIL: !GetAtt Data.Outputs.MailQueueUrl
Resources:
  Data: { Type: 'AWS::Serverless::Application', Properties: { Location: infra/data.yaml } }
  MailWorker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/mail-worker/
      Timeout: !Ref Limit
      Events:
        Mail:
          Type: SQS
          Properties: { Queue: !GetAtt Data.Outputs.MailQueueArn, FunctionResponseTypes: [ReportBatchItemFailures] }
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Data.Outputs.OperationsStreamArn
            BatchSize: 25
            FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] }
        Tick: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(5 minutes), Input: '{"kind":"tick"}' } }
  Staff:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/staff-users/
      Events:
        Below: { Type: HttpApi, Properties: { Method: any, Path: "/api/{proxy+}" } }
"#;

const DATA: &str = r"
Resources:
  OperationsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }, { AttributeName: dueAt, AttributeType: N }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      GlobalSecondaryIndexes:
        - IndexName: due
          KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: dueAt, KeyType: RANGE }]
          Projection: { ProjectionType: INCLUDE, NonKeyAttributes: [state] }
  MailQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 360
      RedrivePolicy: { deadLetterTargetArn: !GetAtt MailDeadLetters.Arn, maxReceiveCount: 5 }
  MailDeadLetters: { Type: 'AWS::SQS::Queue' }
  FilesBucket: { Type: 'AWS::S3::Bucket' }
Outputs:
  OperationsTable: { Value: !Ref OperationsTable }
  OperationsStreamArn: { Value: !GetAtt OperationsTable.StreamArn }
  MailQueueUrl: { Value: !Ref MailQueue }
  MailQueueArn: { Value: !GetAtt MailQueue.Arn }
";

#[test]
fn all_declared_resources_are_read() {
    let read = Infrastructure::parse(TEMPLATE, DATA).unwrap();
    let table = &read.tables[0];
    assert_eq!(
        (table.name.as_str(), table.ttl.as_deref(), table.stream.as_deref()),
        ("operations", Some("ttl"), Some("NEW_IMAGE"))
    );
    assert_eq!(table.indexes[0].included, ["state"]);
    assert_eq!(read.buckets[0].name, "files");
    let mail = read.queue("mail").unwrap();
    assert_eq!(mail.visibility_timeout, 360);
    assert_eq!(
        mail.redrive,
        Some(Redrive { dead_letters: "mail-dlq".into(), max_receive_count: 5 })
    );
    assert!(read.queue("mail-dlq").is_some());
    assert_eq!(read.function("mail-worker").unwrap().timeout, 60);
    assert_eq!(read.function("staff-users").unwrap().timeout, 10);
    assert_eq!(
        read.routes,
        [Route {
            method: "ANY".into(),
            path: "/api/{proxy+}".into(),
            function: "staff-users".into()
        }]
    );
    assert_eq!(read.queue_sources[0].batch_size, 10);
    assert!(read.queue_sources[0].reports_failures);
    assert_eq!(
        (read.stream_sources[0].table.as_str(), read.stream_sources[0].batch_size),
        ("operations", 25)
    );
    assert_eq!(read.schedules[0].input, Some(serde_json::json!({ "kind": "tick" })));
    assert_eq!(
        read.variables["QUEUE_MAIL"],
        Reference { kind: Kind::Queue, name: "mail".into(), attribute: "Ref".into() }
    );
    assert!(!read.variables.contains_key("STAGE"));
}

#[test]
fn a_trigger_without_its_queue_is_rejected() {
    let missing = TEMPLATE.replace("Data.Outputs.MailQueueArn", "Data.Outputs.PostQueueArn");
    let message = Infrastructure::parse(&missing, DATA).unwrap_err().to_string();
    assert!(message.contains("MailWorker is woken by a Queue that isn't declared"), "{message}");
}

#[test]
fn more_index_attributes_than_dynamodb_allows_are_rejected() {
    let many = (0..101).map(|number| format!("a{number}")).collect::<Vec<_>>().join(", ");
    let data = DATA.replace("[state]", &format!("[{many}]"));
    let message = Infrastructure::parse(TEMPLATE, &data).unwrap_err().to_string();
    assert!(message.contains("include 101 attributes"), "{message}");
}

#[test]
fn the_template_of_the_project_can_be_read() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = Infrastructure::read(&project).unwrap();
    let names = read.tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["accounts", "audit", "catalogue", "operations", "organisations"]);
    for variable in [
        "TABLE_ACCOUNTS",
        "BUCKET_FILES",
        "BUCKET_EXPORTS",
        "BUCKET_INDEX",
        "QUEUE_MAIL",
        "QUEUE_EXPORT",
        "QUEUE_DELETION",
        "QUEUE_BULK",
    ] {
        assert!(read.variables.contains_key(variable), "{variable} is missing");
    }
    for source in &read.queue_sources {
        assert!(
            read.queue(&source.queue).unwrap().redrive.is_some(),
            "{} has no dead-letter queue",
            source.queue
        );
    }
}
