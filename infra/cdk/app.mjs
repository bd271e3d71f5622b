// The stack of ../template.yaml as a CDK app: it says nothing of its own, but where the code of each function lies.
//
//   cdk.sh synth | diff | deploy STAGE, which gives it EXPANDED, the template in CloudFormation's words, and BUILT, the functions.
import { Annotations, App, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const { APP_ID = 'payonce', STAGE = 'dev', EXPANDED, BUILT } = process.env;
const app = new App({ analyticsReporting: false });
const stack = new Stack(app, `${APP_ID}-${STAGE}`.replaceAll('_', '-'), {
  // No parameter and no rule beside the template's: bootstrapped or not is the deployment's affair.
  synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
});
const template = new CfnInclude(stack, 'Template', { templateFile: EXPANDED });
for (const [logicalId, { Type, Properties }] of Object.entries(JSON.parse(readFileSync(EXPANDED, 'utf8')).Resources)) {
  if (Type !== 'AWS::Lambda::Function') continue;
  const folder = Properties.Code.S3Bucket;
  if (!existsSync(join(BUILT, folder, 'bootstrap'))) continue;
  const asset = new Asset(stack, `${folder}-code`, { path: join(BUILT, folder) });
  template.getResource(logicalId).code = { s3Bucket: asset.s3BucketName, s3Key: asset.s3ObjectKey };
}
// SAM keeps old versions when others come, for rolling back; replaced they never are.
Annotations.of(stack).acknowledgeWarning('CloudFormation-Validate::W3011');
app.synth();
