export default function LearningPage() {
  return <main />;
}
