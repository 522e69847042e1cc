//! A minimal platform for this crate's own tests: one table with a stream, one queue, one bucket.

use crate::{Emulators, Endpoints, Infrastructure, Storage};

pub(crate) const TEMPLATE: &str = r#"
Globals:
  Function:
    Timeout: 5
    Environment:
      Variables:
        TABLE_THINGS: !GetAtt Data.Outputs.ThingsTable
        BUCKET_FILES: !GetAtt Data.Outputs.FilesBucket
        QUEUE_MAIL: !GetAtt Data.Outputs.MailQueueUrl
Resources:
  Data: { Type: 'AWS::Serverless::Application', Properties: { Location: infra/data.yaml } }
  Things:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/things/
      Events:
        Below: { Type: HttpApi, Properties: { Method: any, Path: "/things/{proxy+}" } }
        One: { Type: HttpApi, Properties: { Method: get, Path: "/things/{id}" } }
        NotMine: { Type: HttpApi, Properties: { Method: delete, Path: /things/mine } }
        Mine: { Type: HttpApi, Properties: { Method: any, Path: /things/mine } }
        Parts: { Type: HttpApi, Properties: { Method: any, Path: "/things/{id}/parts/{proxy+}" } }
        Home: { Type: HttpApi, Properties: { Method: any, Path: / } }
  MailWorker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/mail-worker/
      Events:
        Mail:
          Type: SQS
          Properties:
            Queue: !GetAtt Data.Outputs.MailQueueArn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
  Outbox:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/outbox/
      Events:
        Inserts:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Data.Outputs.ThingsStreamArn
            BatchSize: 100
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria:
              Filters:
                - Pattern: '{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"OUTBOX#"}]}}}}'
  Scheduler:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/scheduler/
      Events:
        Due: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(5 minutes), Input: '{"job":"due"}' } }
"#;

pub(crate) const DATA: &str = r"
Resources:
  ThingsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }, { AttributeName: sk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }]
  FilesBucket: { Type: 'AWS::S3::Bucket' }
  MailQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 360
      RedrivePolicy: { deadLetterTargetArn: !GetAtt MailDeadLetters.Arn, maxReceiveCount: 2 }
  MailDeadLetters: { Type: 'AWS::SQS::Queue' }
Outputs:
  ThingsTable: { Value: !Ref ThingsTable }
  ThingsStreamArn: { Value: !GetAtt ThingsTable.StreamArn }
  FilesBucket: { Value: !Ref FilesBucket }
  MailQueueUrl: { Value: !Ref MailQueue }
  MailQueueArn: { Value: !GetAtt MailQueue.Arn }
";

pub(crate) fn infrastructure() -> Infrastructure {
    Infrastructure::parse(TEMPLATE, DATA).unwrap()
}

/// Always the services in this process, regardless of the environment.
pub(crate) async fn started(storage: Storage) -> Emulators {
    let emulators = Emulators::start_with(storage, Endpoints::default()).await.unwrap();
    emulators.provision(&infrastructure()).await.unwrap();
    emulators
}
