namespace ChatLoop.Trainer.Ppo;

/// <summary>Follows the iterations of PPO, RLOO or GRPO; calls come from the training thread. Numbers count from 1.</summary>
public interface IPpoObserver
{
    /// <summary>Goes on after these iterations of a run that was killed.</summary>
    void Resumed(IReadOnlyList<PpoIteration> done) { }
    void Sampling(int number);
    void Updating(int number);
    void Finished(PpoIteration iteration);
}
